-- A stand-in for Citus on one machine: its catalogue, and its functions with the rules under which
-- they refuse. Rows that are moved lie in the schema "machines", as on a shard.
CREATE SCHEMA citus;
CREATE SCHEMA machines;
CREATE TABLE citus.pg_dist_node (isactive boolean, shouldhaveshards boolean, noderole text);
CREATE TABLE citus.citus_tables (
    table_name regclass PRIMARY KEY, citus_table_type text, distribution_column text, beside text
);
CREATE TABLE citus.called (nth serial, words text);

CREATE FUNCTION citus.move(moved regclass, kind text, by_column text, beside text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    plain text := (SELECT relname FROM pg_class WHERE oid = moved);
BEGIN
    IF EXISTS (SELECT FROM citus.citus_tables WHERE table_name = moved) THEN
        RAISE 'table % is already distributed', moved;
    END IF;
    IF coalesce(current_setting('citus.enable_unsafe_triggers', true), 'off') <> 'on'
        AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = moved AND NOT tgisinternal) THEN
        RAISE 'cannot distribute relation % because it has triggers', moved;
    END IF;
    IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND moved IN (conrelid, confrelid)) THEN
        RAISE 'cannot create foreign key constraint of %', moved;
    END IF;
    EXECUTE format('CREATE TABLE machines.%I AS TABLE %s', plain, moved);
    INSERT INTO citus.citus_tables VALUES (moved, kind, by_column, beside);
    INSERT INTO citus.called (words) VALUES (concat_ws(' ', plain, kind, by_column, beside));
END $$;

CREATE FUNCTION citus.create_reference_table(table_name regclass) RETURNS void
LANGUAGE sql AS $$ SELECT citus.move(table_name, 'reference', '<none>', NULL) $$;

CREATE FUNCTION citus.create_distributed_table(
    table_name regclass, distribution_column text, colocate_with text DEFAULT 'default'
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    own smallint := (
        SELECT attnum FROM pg_attribute
        WHERE attrelid = table_name AND attname = distribution_column AND attnotnull
    );
BEGIN
    IF own IS NULL OR EXISTS (
        SELECT FROM pg_index WHERE indrelid = table_name AND indisunique AND NOT own = ANY (indkey)
    ) THEN
        RAISE 'cannot create constraint on %: it does not contain the column', table_name;
    END IF;
    IF colocate_with <> 'none' AND NOT EXISTS (
        SELECT FROM citus.citus_tables t WHERE t.table_name = colocate_with::regclass
    ) THEN
        RAISE 'relation % is not distributed', colocate_with;
    END IF;
    PERFORM citus.move(table_name, 'distributed', distribution_column, colocate_with);
END $$;

CREATE FUNCTION citus.truncate_local_data_after_distributing_table(table_name regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('citus.enable_ddl_propagation', true) <> 'off' THEN
        RAISE 'the trigger of % was switched off on every shard', table_name;
    END IF;
    EXECUTE format('TRUNCATE %s CASCADE', table_name);
    PERFORM set_config('citus.enable_ddl_propagation', 'on', true);
END $$;
