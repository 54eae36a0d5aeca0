import { type FileRule, type Finding, findMatches, isTest, lineAt } from './rule.ts'

/**
 * Migrations stay in the part of SQL that PostgreSQL, YugabyteDB, Citus, Aurora and CockroachDB have in common, and works
 * behind a pooler in transaction mode.
 */
const forbidden: readonly (readonly [pattern: RegExp, message: string])[] = [
  [/\b(small|big)?serial\b/gi, 'ids are made by the application (@tessera/lib/ids)'],
  [/\bgenerated\s+(always|by\s+default)\s+as\s+identity\b/gi, 'ids are made by the application (@tessera/lib/ids)'],
  [
    /\b(create|alter)\s+sequence\b|\b(nextval|currval|setval)\s*\(/gi,
    'ids are made by the application; count in a row',
  ],
  [/\b(gen_random_uuid|uuid_generate_v\w+|uuidv\d)\s*\(/gi, 'ids are made by the application (@tessera/lib/ids)'],
  [
    /\b(now|clock_timestamp|statement_timestamp)\s*\(\s*\)|\bcurrent_timestamp\b/gi,
    'the time comes from the application clock',
  ],
  [
    /\bcreate\s+(or\s+replace\s+)?(constraint\s+)?trigger\b/gi,
    'no triggers: the rule belongs in the statement or in core',
  ],
  [/\bcreate\s+(or\s+replace\s+)?(function|procedure)\b|\bdo\s+\$/gi, 'no stored procedures: the rule belongs in core'],
  [/\bcreate\s+(or\s+replace\s+)?rule\b/gi, 'no rules'],
  [/\b(listen|notify|unlisten)\b|\bpg_notify\b/gi, 'no LISTEN/NOTIFY: workers claim rows that are due'],
  [/\bpg_(try_)?advisory\w*/gi, 'no advisory locks: use a lease row'],
  [/\bon\s+delete\s+(cascade|set\s+(null|default))\b/gi, 'nothing may lean on cascades: delete explicitly'],
  [/\bexclude\s+using\b/gi, 'no exclusion constraints: use a unique index'],
  [/\binherits\s*\(/gi, 'no table inheritance'],
  [
    /\b(temp|temporary)\s+table\b|\bon\s+commit\s+(drop|delete)\b/gi,
    'no temporary tables: there may be a pooler in between',
  ],
  [/^[ \t]*set\s+(?!default|not|null)/gim, 'no session state: there may be a pooler in between'],
  [/\bcreate\s+extension\b/gi, 'no extensions'],
  [/\bcreate\s+type\b|\bcreate\s+domain\b/gi, 'use text with a CHECK: a type cannot be changed everywhere'],
  [/\bcreate\s+(unique\s+)?index\s+concurrently\b/gi, 'each migration is one transaction'],
]

export const portableSql: FileRule = {
  name: 'portable-sql',
  check({ path, text }) {
    if (!/(^|\/)migrations\/[^/]+\.sql$/.test(path) || path.endsWith('/schema.sql')) return []
    const sql = blankComments(text)
    return [
      ...forbidden.flatMap(([pattern, message]) =>
        findMatches('portable-sql', path, sql, pattern, (found) => `${found.replaceAll(/\s+/g, ' ')}: ${message}`),
      ),
      ...keysWithoutMerchant(path, sql),
    ]
  },
}

/** Same length and lines, so that positions stay true. */
function blankComments(sql: string): string {
  return sql.replace(/--.*|\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
}

/** `merchant_id` leads each key of a table that has it: so the same schema can be distributed by merchant. */
function keysWithoutMerchant(path: string, sql: string): Finding[] {
  const findings: Finding[] = []
  const finding = (offset: number, what: string): void => {
    const message = `${what} must begin with merchant_id: so the schema can be distributed by merchant`
    findings.push({ rule: 'portable-sql', path, line: lineAt(sql, offset), message })
  }
  const ofMerchants = new Set<string>()
  for (const table of sql.matchAll(/create\s+(?:unlogged\s+)?table\s+(\w+)\s*\(([\s\S]*?)^\)/gim)) {
    const [whole, name = '', columns = ''] = table
    if (!/^\s*merchant_id\b/m.test(columns)) continue
    ofMerchants.add(name)
    const inline = /^\s*(\w+)[^,\n]*\bprimary\s+key\b/im.exec(columns)?.[1]
    const first = /\bprimary\s+key\s*\(\s*(\w+)/i.exec(columns)?.[1] ?? inline
    if (first !== 'merchant_id') finding(table.index, `the primary key of ${name}`)
    for (const unique of whole.matchAll(/\bunique\s*\(\s*(\w+)/gi)) {
      if (unique[1] !== 'merchant_id') finding(table.index + unique.index, `a unique constraint of ${name}`)
    }
  }
  for (const index of sql.matchAll(/create\s+unique\s+index\s+(\w+)\s+on\s+(\w+)\s*\(\s*(\w+)/gi)) {
    const [, name = '', table = '', first] = index
    if (ofMerchants.has(table) && first !== 'merchant_id') finding(index.index, `the unique index ${name}`)
  }
  return findings
}

/** The same in statements that the code sends. */
const forbiddenInCode =
  /\bpg_(try_)?advisory\w*|\bpg_notify\b|\b(nextval|currval)\s*\(|\bfor\s+(no\s+key\s+)?update\s+nowait\b/gi

export const portableStatements: FileRule = {
  name: 'portable-sql',
  check({ path, source }) {
    if (source === null || isTest(path) || !/^(gateway|vault|lib)\/src\//.test(path)) return []
    return source.literals.flatMap((literal) =>
      findMatches(
        'portable-sql',
        path,
        literal.text,
        forbiddenInCode,
        (found) => `${found} is not in the portable subset`,
      ).map((finding) => ({ ...finding, line: literal.line + finding.line - 1 })),
    )
  },
}
