"""Load the registers: every declared layer."""

from data.loading.register import load_register
from layers.registry import all_layers

NAMES = {layer.id: f"{layer.words.zh}。 {layer.words.en}." for layer in all_layers()}
run = load_register
