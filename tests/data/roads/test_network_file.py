import json
import subprocess
import sys

import numpy as np
import pytest

from data.roads.errors import NetworkFileError
from data.roads.network_file import FORMAT, load_network, save_network
from geo.network import network_arrays
from geo.scenario import weigh
from tests.geo.road_cases import random_network


@pytest.fixture
def network():
    return random_network(5, restriction_count=10)[0]


def test_round_trip(tmp_path, network):
    path = tmp_path / "new folder" / "roads.net"
    save_network(network, path)
    again = load_network(path, verify=True)
    assert (again.version, again.names, again.report) == (network.version, network.names, network.report)
    for name, array in network_arrays(network).items():
        mapped = getattr(again, name)
        assert mapped.dtype == array.dtype
        assert (mapped == array).all()
        assert not mapped.flags.writeable
    assert (weigh(again).arc_ms == weigh(network).arc_ms).all()
    assert [p.name for p in path.parent.iterdir()] == ["roads.net"]


def test_replacing_leaves_readers_of_the_old_file_alone(tmp_path, network):
    path = tmp_path / "roads.net"
    save_network(network, path)
    old = load_network(path)
    other, _ = random_network(6)
    save_network(other, path)
    assert load_network(path).version == other.version
    assert (old.arc_head == network.arc_head).all()


def test_another_process_reads_the_same_answers(tmp_path, network):
    path = tmp_path / "roads.net"
    save_network(network, path)
    code = f"from data.roads.network_file import load_network; print(load_network({str(path)!r}, verify=True).version)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == network.version


def test_every_cut_is_refused(tmp_path, network):
    path = tmp_path / "roads.net"
    save_network(network, path)
    content = path.read_bytes()
    half = tmp_path / "half.net"
    for size in {0, 5, 20, 500, *np.linspace(600, len(content) - 1, 20).astype(int).tolist()}:
        half.write_bytes(content[:size])
        with pytest.raises(NetworkFileError, match="half written"):
            load_network(half)
    half.write_bytes(content + b"more")
    with pytest.raises(NetworkFileError, match="half written"):
        load_network(half)


def test_damage_is_found_when_asked(tmp_path, network):
    path = tmp_path / "roads.net"
    save_network(network, path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(NetworkFileError, match="damaged"):
        load_network(path, verify=True)


def test_other_formats_and_other_files_are_refused(tmp_path, network):
    path = tmp_path / "roads.net"
    save_network(network, path)
    content = path.read_bytes()
    length = int.from_bytes(content[8:16], "little")
    header = json.loads(content[16 : 16 + length])
    text = json.dumps({**header, "format": FORMAT + 1}, ensure_ascii=False).encode().ljust(length)
    path.write_bytes(content[:16] + text + content[16 + length :])
    with pytest.raises(NetworkFileError, match=f"has format {FORMAT + 1}, this program needs {FORMAT}"):
        load_network(path)
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(NetworkFileError, match="not a network file"):
        load_network(path)
    with pytest.raises(NetworkFileError, match="cannot open"):
        load_network(tmp_path / "none.net")


def test_files_of_format_1_which_knew_no_clock_are_still_read(tmp_path, network):
    path = tmp_path / "roads.net"
    save_network(network, path)
    content = path.read_bytes()
    length = int.from_bytes(content[8:16], "little")
    header = json.loads(content[16 : 16 + length])
    arrays = {name: entry for name, entry in header["arrays"].items() if not name.startswith("timed_")}
    text = json.dumps({**header, "format": 1, "arrays": arrays}, ensure_ascii=False).encode().ljust(length)
    path.write_bytes(content[:16] + text + content[16 + length :])
    old = load_network(path, verify=True)
    assert (old.version, len(old.timed_arc)) == (network.version, 0)


def test_a_failed_write_leaves_nothing_behind(tmp_path, network):
    folder = tmp_path / "roads.net"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        save_network(network, folder)  # the name is taken by a folder
    assert list(tmp_path.iterdir()) == [folder]
