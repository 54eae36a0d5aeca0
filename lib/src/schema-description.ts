import type { SqlClient } from './sql-client.ts'

/** What the migration runner keeps for itself; no reviewer needs to see it. */
const bookkeepingTables = ['schema_migrations', 'schema_migration_lease']

interface Relation {
  name: string
  /** The catalogue's `relkind`: r table, p partitioned table, v view, m materialized view, S sequence. */
  kind: string
  unlogged: boolean
  definition: string | null
  parts: string[] | null
  indexes: string[] | null
}

// Not-null constraints are left to the columns: PostgreSQL 18 lists them as constraints of their own, 15 does not.
const relationsQuery = `
  select c.relname as name, c.relkind as kind, c.relpersistence = 'u' as unlogged,
    case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid, true) end as definition,
    (select array_agg(part order by place, part) from (
      select a.attnum::int as place,
        quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
          || case when a.attnotnull then ' not null' else '' end
          || case a.attgenerated when '' then coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
             else ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ')' end
          || case a.attidentity when '' then '' else ' generated as identity' end as part
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      union all
      select 100000, 'constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid, true)
      from pg_constraint k where k.conrelid = c.oid and k.contype in ('c', 'f', 'p', 'u', 'x')
    ) parts) as parts,
    (select array_agg(pg_get_indexdef(i.indexrelid) order by pg_get_indexdef(i.indexrelid)) from pg_index i
      where i.indrelid = c.oid
        and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = c.oid)) as indexes
  from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
    and c.relname <> all ($1)
  order by c.relname`

// The portable subset has none of these; when one slips in, the reviewer shall see it.
const extrasQuery = `
  select 'create type ' || quote_ident(t.typname) || ' as enum ('
      || (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e
          where e.enumtypid = t.oid) || ')' as extra
    from pg_type t where t.typnamespace = current_schema()::regnamespace and t.typtype = 'e'
  union all
  select pg_get_functiondef(p.oid) from pg_proc p
    where p.pronamespace = current_schema()::regnamespace and p.prokind in ('f', 'p')
  union all
  select pg_get_triggerdef(g.oid, true) from pg_trigger g join pg_class c on c.oid = g.tgrelid
    where c.relnamespace = current_schema()::regnamespace and not g.tgisinternal
  order by 1`

/**
 * The schema that the connection's `search_path` names first, as text in the manner of SQL: the same for the same
 * schema, whatever order it was made in. For reading and for comparison, not for loading.
 */
export async function describeSchema(client: SqlClient): Promise<string> {
  const relations: Relation[] = (await client.query(relationsQuery, [bookkeepingTables])).rows
  const extras: string[] = (await client.query(extrasQuery)).rows.map((row) => row.extra)
  return [...relations.map(describeRelation), ...extras.map((extra) => `${extra.trim()};\n`)].join('\n')
}

function describeRelation(relation: Relation): string {
  const { name, kind, definition } = relation
  if (kind === 'S') return `create sequence ${name};\n`
  if (definition !== null) return `create ${kind === 'm' ? 'materialized ' : ''}view ${name} as\n${definition}\n`
  const lead = `create ${relation.unlogged ? 'unlogged ' : ''}table ${name} (\n`
  const parts = (relation.parts ?? []).map((part) => `  ${part}`).join(',\n')
  const indexes = (relation.indexes ?? []).map((index) => `${lowerFirstWords(index)};\n`).join('')
  return `${lead}${parts}\n);\n${indexes}`
}

/** `CREATE UNIQUE INDEX a ON public.b USING` in the case of the rest, without the schema's name. */
function lowerFirstWords(index: string): string {
  return index.replace(
    /^CREATE( UNIQUE)? INDEX (\S+) ON (?:ONLY )?(?:[^\s.]+\.)?(\S+) USING/,
    (_all, unique, name, table) => {
      return `create${unique === undefined ? '' : ' unique'} index ${name} on ${table} using`
    },
  )
}
