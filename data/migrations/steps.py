"""Statements that migrations share.

Frozen: a migration that has been released keeps what it ran. Add a function, don't change one.
"""

from __future__ import annotations

SCOPE_FUNCTIONS = """
CREATE SCHEMA house;
CREATE TYPE house.code_range AS RANGE
    (subtype = text, collation = "C", multirange_type_name = house.code_multirange);

CREATE FUNCTION house.scope_ranges() RETURNS house.code_multirange LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT NULLIF(current_setting('onemap.ranges', true), '')::house.code_multirange $$;
CREATE FUNCTION house.scope_owner() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT NULLIF(current_setting('onemap.owner', true), '')::bigint $$;
CREATE FUNCTION house.scope_may_write() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT COALESCE(NULLIF(current_setting('onemap.may_write', true), '')::boolean, false) $$;
COMMENT ON FUNCTION house.scope_ranges() IS
    'Code ranges the signed-in user supervises; NULL when no scope is set: then nothing is visible.';

CREATE FUNCTION house.note_change() RETURNS trigger LANGUAGE plpgsql AS $f$
DECLARE
    ids bigint[];
    total integer;
    noted bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        SELECT count(*), (array_agg(id ORDER BY id))[1:200] INTO total, ids FROM old_rows;
    ELSE
        SELECT count(*), (array_agg(id ORDER BY id))[1:200] INTO total, ids FROM new_rows;
    END IF;
    IF total = 0 THEN RETURN NULL; END IF;
    IF TG_OP = 'DELETE' THEN
        DELETE FROM search_entry s USING old_rows o WHERE s.layer = TG_TABLE_NAME AND s.row_id = o.id;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE search_entry s
        SET authority_code = n.authority_code, owner_id = n.owner_id, is_public = n.is_public
        FROM new_rows n WHERE s.layer = TG_TABLE_NAME AND s.row_id = n.id
            AND (s.authority_code, s.owner_id, s.is_public)
                IS DISTINCT FROM (n.authority_code, n.owner_id, n.is_public);
    END IF;
    INSERT INTO layer_state AS s (layer, version) VALUES (TG_TABLE_NAME, 1)
        ON CONFLICT (layer) DO UPDATE SET version = s.version + 1;
    INSERT INTO change (layer, operation, row_count, row_ids, at)
        VALUES (TG_TABLE_NAME, lower(TG_OP), total, ids, clock_timestamp()) RETURNING id INTO noted;
    PERFORM pg_notify('onemap_change', noted::text);
    RETURN NULL;
END $f$;

CREATE FUNCTION house.keep_totals() RETURNS trigger LANGUAGE plpgsql AS $f$
-- TG_ARGV[0]: the column that decides the symbol, or ''.
DECLARE
    symbol text := CASE WHEN TG_ARGV[0] = '' THEN '''''::text'
        ELSE format('COALESCE(%I::text, '''')', TG_ARGV[0]) END;
    delta text;
    part text := 'SELECT division_code, authority_code, is_public, %s AS class, %s AS sign, '
        'ST_X(ST_Centroid(geom_m)) AS x, ST_Y(ST_Centroid(geom_m)) AS y FROM %I';
BEGIN
    delta := CASE TG_OP
        WHEN 'INSERT' THEN format(part, symbol, '1', 'new_rows')
        WHEN 'DELETE' THEN format(part, symbol, '-1', 'old_rows')
        ELSE format(part, symbol, '1', 'new_rows') || ' UNION ALL ' || format(part, symbol, '-1', 'old_rows')
    END;
    EXECUTE format($q$
        INSERT INTO layer_total AS t (layer, division_code, authority_code, is_public, class, n)
        SELECT %L, division_code, authority_code, is_public, class, sum(sign)
        FROM (%s) AS d GROUP BY 2, 3, 4, 5 HAVING sum(sign) <> 0 ORDER BY 2, 3, 4, 5
        ON CONFLICT (layer, division_code, authority_code, is_public, class)
        DO UPDATE SET n = t.n + excluded.n $q$, TG_TABLE_NAME, delta);
    EXECUTE format($q$
        INSERT INTO layer_cell AS t (layer, z, x, y, authority_code, is_public, class, n, sum_x_m, sum_y_m)
        SELECT %L, z, floor((x + 20037508.342789244) / (40075016.68557849 / (32 << z)))::int,
               floor((20037508.342789244 - y) / (40075016.68557849 / (32 << z)))::int,
               authority_code, is_public, class, sum(sign), sum(sign * x::bigint), sum(sign * y::bigint)
        FROM (%s) AS d CROSS JOIN generate_series(5, 12) AS z WHERE x IS NOT NULL
        GROUP BY 2, 3, 4, 5, 6, 7 HAVING sum(sign) <> 0 OR sum(sign * x::bigint) <> 0
        ORDER BY 2, 3, 4, 5, 6, 7
        ON CONFLICT (layer, z, x, y, authority_code, is_public, class)
        DO UPDATE SET n = t.n + excluded.n, sum_x_m = t.sum_x_m + excluded.sum_x_m,
                      sum_y_m = t.sum_y_m + excluded.sum_y_m $q$, TG_TABLE_NAME, delta);
    RETURN NULL;
END $f$;

CREATE FUNCTION house.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $f$;
"""

KEEP_TOTALS_ROLLED_UP = """
CREATE OR REPLACE FUNCTION house.keep_totals() RETURNS trigger LANGUAGE plpgsql AS $f$
-- TG_ARGV[0]: the column that decides the symbol, or ''.
DECLARE
    symbol text := CASE WHEN TG_ARGV[0] = '' THEN '''''::text'
        ELSE format('COALESCE(%I::text, '''')', TG_ARGV[0]) END;
    delta text;
    part text := 'SELECT division_code, authority_code, is_public, %s AS class, %s AS sign, '
        'ST_X(ST_Centroid(geom_m)) AS x, ST_Y(ST_Centroid(geom_m)) AS y FROM %I';
BEGIN
    delta := CASE TG_OP
        WHEN 'INSERT' THEN format(part, symbol, '1', 'new_rows')
        WHEN 'DELETE' THEN format(part, symbol, '-1', 'old_rows')
        ELSE format(part, symbol, '1', 'new_rows') || ' UNION ALL ' || format(part, symbol, '-1', 'old_rows')
    END;
    EXECUTE format($q$
        INSERT INTO layer_total AS t (layer, division_code, authority_code, is_public, class, n)
        SELECT %L, division_code, authority_code, is_public, class, sum(sign)
        FROM (%s) AS d GROUP BY 2, 3, 4, 5 HAVING sum(sign) <> 0 ORDER BY 2, 3, 4, 5
        ON CONFLICT (layer, division_code, authority_code, is_public, class)
        DO UPDATE SET n = t.n + excluded.n $q$, TG_TABLE_NAME, delta);
    -- A cell holds exactly four of the next zoom: rows are placed in the finest, the others are sums of them.
    EXECUTE format($q$
        WITH finest AS (
            SELECT floor((x + 20037508.342789244) / (40075016.68557849 / (32 << 12)))::int AS cx,
                   floor((20037508.342789244 - y) / (40075016.68557849 / (32 << 12)))::int AS cy,
                   authority_code, is_public, class,
                   sum(sign) AS n, sum(sign * x::bigint) AS sum_x_m, sum(sign * y::bigint) AS sum_y_m
            FROM (%s) AS d WHERE x IS NOT NULL GROUP BY 1, 2, 3, 4, 5)
        INSERT INTO layer_cell AS t (layer, z, x, y, authority_code, is_public, class, n, sum_x_m, sum_y_m)
        SELECT %L, z, cx >> (12 - z), cy >> (12 - z), authority_code, is_public, class,
               sum(n), sum(sum_x_m), sum(sum_y_m)
        FROM finest CROSS JOIN generate_series(5, 12) AS z
        GROUP BY 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0 OR sum(sum_x_m) <> 0 OR sum(sum_y_m) <> 0
        ORDER BY 2, 3, 4, 5, 6, 7
        ON CONFLICT (layer, z, x, y, authority_code, is_public, class)
        DO UPDATE SET n = t.n + excluded.n, sum_x_m = t.sum_x_m + excluded.sum_x_m,
                      sum_y_m = t.sum_y_m + excluded.sum_y_m $q$, delta, TG_TABLE_NAME);
    RETURN NULL;
END $f$;
"""

#: Let a migration read and write rows of every jurisdiction, and end that.
SEE_ALL = (
    "SELECT set_config('onemap.ranges', '{[\"\",\"~\")}', true), set_config('onemap.may_write', 'true', true)"
)
SEE_NONE = "SELECT set_config('onemap.ranges', '', true), set_config('onemap.may_write', '', true)"
_VISIBLE = (
    "authority_code <@ (SELECT house.scope_ranges())"
    " OR owner_id = (SELECT house.scope_owner())"
    " OR (is_public AND (SELECT house.scope_ranges()) IS NOT NULL)"
)
_WRITABLE = (
    "(SELECT house.scope_may_write()) AND (authority_code <@ (SELECT house.scope_ranges())"
    " OR owner_id = (SELECT house.scope_owner()))"
)


def secure(table: str) -> list[str]:
    """Put the one policy of all located tables on `table` (it has authority_code, owner_id, is_public)."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_see ON {table} FOR SELECT USING ({_VISIBLE})",
        f"CREATE POLICY {table}_add ON {table} FOR INSERT WITH CHECK ({_WRITABLE})",
        f"CREATE POLICY {table}_change ON {table} FOR UPDATE USING ({_WRITABLE}) WITH CHECK ({_WRITABLE})",
        f"CREATE POLICY {table}_remove ON {table} FOR DELETE USING ({_WRITABLE})",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO onemap_app",
    ]


def secure_located(table: str, symbol_field: str | None) -> list[str]:
    """Secure a located table and keep its totals, cells and changes."""
    symbol = symbol_field or ""
    statements = secure(table)
    for operation, tables in (
        ("INSERT", "NEW TABLE AS new_rows"),
        ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        ("DELETE", "OLD TABLE AS old_rows"),
    ):
        for name, function in (("totals", f"keep_totals('{symbol}')"), ("change", "note_change()")):
            statements.append(
                f"CREATE TRIGGER {table}_{name}_{operation.lower()} AFTER {operation} ON {table} "
                f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION house.{function}"
            )
    return statements


def tell_changes(table: str) -> list[str]:
    """Raise the version of a secured table at each change and tell all processes; no totals are kept of it."""
    return [
        f"CREATE TRIGGER {table}_change_{operation.lower()} AFTER {operation} ON {table} "
        f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION house.note_change()"
        for operation, tables in (
            ("INSERT", "NEW TABLE AS new_rows"),
            ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
            ("DELETE", "OLD TABLE AS old_rows"),
        )
    ]


def secure_child(table: str, parent: str, parent_column: str) -> list[str]:
    """Put a policy on a child table: what is visible or writable follows the parent row."""
    seen = f"EXISTS (SELECT 1 FROM {parent} p WHERE p.code = {table}.{parent_column})"
    written = (
        f"(SELECT house.scope_may_write()) AND EXISTS (SELECT 1 FROM {parent} p WHERE p.code = {table}.{parent_column}"
        " AND (p.authority_code <@ (SELECT house.scope_ranges()) OR p.owner_id = (SELECT house.scope_owner())))"
    )
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_see ON {table} FOR SELECT USING ({seen})",
        f"CREATE POLICY {table}_write ON {table} FOR ALL USING ({written}) WITH CHECK ({written})",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO onemap_app",
    ]


def secure_days(table: str) -> list[str]:
    """Put the policy on a table of past totals: read by scope, written by whoever may write for all of them."""
    seen = "authority_code <@ (SELECT house.scope_ranges()) OR (is_public AND (SELECT house.scope_ranges()) IS NOT NULL)"
    written = "(SELECT house.scope_may_write()) AND authority_code <@ (SELECT house.scope_ranges())"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_see ON {table} FOR SELECT USING ({seen})",
        f"CREATE POLICY {table}_add ON {table} FOR INSERT WITH CHECK ({written})",
        f"CREATE POLICY {table}_change ON {table} FOR UPDATE USING ({written})",
        f"GRANT SELECT, INSERT, UPDATE ON {table} TO onemap_app",
    ]


def secure_kept(table: str) -> list[str]:
    """Put the policy on a table of kept totals: read by scope, written by triggers only."""
    seen = (
        "authority_code <@ (SELECT house.scope_ranges()) OR (is_public AND (SELECT house.scope_ranges()) IS NOT NULL)"
        " OR pg_trigger_depth() > 0"
    )
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_see ON {table} FOR SELECT USING ({seen})",
        f"CREATE POLICY {table}_add ON {table} FOR INSERT WITH CHECK (pg_trigger_depth() > 0)",
        f"CREATE POLICY {table}_change ON {table} FOR UPDATE USING (pg_trigger_depth() > 0)",
        f"GRANT SELECT, INSERT, UPDATE ON {table} TO onemap_app",
    ]
