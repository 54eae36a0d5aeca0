import { join } from 'node:path'
import { expect, expectTypeOf, test } from 'vitest'
import {
  ConfigInvalid,
  type ConfigSchema,
  choice,
  describeConfig,
  durationMs,
  filePath,
  flag,
  integer,
  list,
  port,
  readConfig,
  text,
  url,
} from './config.ts'

function problemsOf(schema: ConfigSchema, environment: Record<string, string>, knownElsewhere?: string[]) {
  try {
    readConfig({ schema, environment, knownElsewhere })
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems
    throw error
  }
  return []
}

const schema = {
  name: text({ variable: 'TESSERA_NAME', description: 'A name.', pattern: /^[a-z]+$/ }),
  secret: text({ variable: 'TESSERA_SECRET', description: 'A secret.', secret: true, optional: true, pattern: /^s_/ }),
  workers: integer({ variable: 'TESSERA_WORKERS', description: 'How many.', min: 1, max: 64, default: 1 }),
  port: port({ variable: 'TESSERA_PORT', description: 'Where.', default: 8080 }),
  testOnly: flag({ variable: 'TESSERA_TEST_ONLY', description: 'Test only.', default: true }),
  level: choice(['debug', 'info'], { variable: 'TESSERA_LEVEL', description: 'How much.', default: 'info' }),
  vault: url({ variable: 'TESSERA_VAULT_URL', description: 'The vault.' }),
  database: url({ variable: 'DATABASE_URL', description: 'The database.', protocols: ['postgres:'], optional: true }),
  journal: filePath({ variable: 'TESSERA_JOURNAL', description: 'A file.', optional: true }),
  pause: durationMs({ variable: 'TESSERA_PAUSE', description: 'A pause.', default: 1_500, max: 86_400_000 }),
  hosts: list({ variable: 'TESSERA_HOSTS', description: 'Hosts.', default: [], item: /^[a-z.]+$/ }),
}
const smallest = { TESSERA_NAME: 'ada', TESSERA_VAULT_URL: 'http://127.0.0.1:8081' }

test('what is not set takes its default, and an empty variable counts as not set', () => {
  const config = readConfig({ schema, environment: { ...smallest, TESSERA_PORT: '', PATH: '/bin' } })
  expect(config).toEqual({
    name: 'ada',
    secret: undefined,
    workers: 1,
    port: 8080,
    testOnly: true,
    level: 'info',
    vault: 'http://127.0.0.1:8081',
    database: undefined,
    journal: undefined,
    pause: 1_500,
    hosts: [],
  })
})

test('values are read as what they are', () => {
  const config = readConfig({
    schema,
    environment: {
      ...smallest,
      TESSERA_SECRET: 's_1',
      TESSERA_WORKERS: '64',
      TESSERA_PORT: '0',
      TESSERA_TEST_ONLY: 'false',
      TESSERA_LEVEL: 'debug',
      DATABASE_URL: 'postgres://u:p@127.0.0.1/x',
      TESSERA_JOURNAL: '/tmp/../tmp/journal',
      TESSERA_PAUSE: '5m',
      TESSERA_HOSTS: 'a.example, b.example,,',
    },
  })
  expect(config).toMatchObject({
    secret: 's_1',
    workers: 64,
    port: 0,
    testOnly: false,
    level: 'debug',
    database: 'postgres://u:p@127.0.0.1/x',
    journal: '/tmp/journal',
    pause: 300_000,
    hosts: ['a.example', 'b.example'],
  })
})

test('types follow the schema: optional may be undefined, a default or a demand may not, a choice is its words', () => {
  const config = readConfig({ schema, environment: smallest })
  expectTypeOf(config.name).toEqualTypeOf<string>()
  expectTypeOf(config.secret).toEqualTypeOf<string | undefined>()
  expectTypeOf(config.port).toEqualTypeOf<number>()
  expectTypeOf(config.testOnly).toEqualTypeOf<boolean>()
  expectTypeOf(config.level).toEqualTypeOf<'debug' | 'info'>()
  expectTypeOf(config.hosts).toEqualTypeOf<readonly string[]>()
})

test('every problem is told at once, with what would be right', () => {
  const problems = problemsOf(schema, {
    TESSERA_NAME: 'Ada!',
    TESSERA_WORKERS: '65',
    TESSERA_PORT: '65536',
    TESSERA_TEST_ONLY: 'yes',
    TESSERA_LEVEL: 'loud',
    TESSERA_PAUSE: '2d',
    TESSERA_HOSTS: 'a.example,B!',
    DATABASE_URL: 'mysql://127.0.0.1/x',
  })
  expect(problems).toHaveLength(9)
  expect(problems).toContain('TESSERA_WORKERS must be a whole number from 1 to 64, not "65"')
  expect(problems).toContain('TESSERA_VAULT_URL is missing: a URL with http:// or https:// (The vault.)')
  expect(problems).toContain('TESSERA_LEVEL must be one of debug, info, not "loud"')
})

test.each(['1.5', ' 1', '1e3', '0x10', '99999999999999999', '', 'NaN'])('"%s" is not a whole number', (value) => {
  const count = { count: integer({ variable: 'TESSERA_COUNT', description: 'A count.' }) }
  expect(problemsOf(count, { TESSERA_COUNT: value })).toHaveLength(1)
})

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['15', 15],
])('%s is %i ms', (value, expected) => {
  const pause = { pause: durationMs({ variable: 'TESSERA_PAUSE', description: 'A pause.' }) }
  expect(readConfig({ schema: pause, environment: { TESSERA_PAUSE: value } }).pause).toBe(expected)
})

test('the value of a secret is not repeated, neither in a problem nor in the table', () => {
  const secrets = {
    key: text({
      variable: 'TESSERA_KEY',
      description: 'A key.',
      secret: true,
      pattern: /^x$/,
      default: 'hidden-default',
    }),
  }
  expect(problemsOf(secrets, { TESSERA_KEY: 'hidden-value' }).join()).toMatch(/^TESSERA_KEY must be/)
  expect(problemsOf(secrets, { TESSERA_KEY: 'hidden-value' }).join()).not.toContain('hidden')
  expect(describeConfig(secrets)).not.toContain('hidden')
})

test('an unknown TESSERA_ variable is a problem that names the nearest setting; other processes’ are known', () => {
  const environment = { ...smallest, TESSERA_PROT: '1', TESSERA_ELSEWHERE: '1', TESSERA_QUITE_OTHER: '1', HOME: '/' }
  expect(problemsOf(schema, environment, ['TESSERA_ELSEWHERE'])).toEqual([
    'TESSERA_PROT is not a setting; did you mean TESSERA_PORT?',
    'TESSERA_QUITE_OTHER is not a setting',
  ])
})

test('a file that must exist is looked for', () => {
  const file = { file: filePath({ variable: 'TESSERA_FILE', description: 'A file.', mustExist: true }) }
  expect(problemsOf(file, { TESSERA_FILE: import.meta.filename })).toEqual([])
  expect(problemsOf(file, { TESSERA_FILE: `${import.meta.filename}.missing` })).toHaveLength(1)
})

test('a path counts from the working directory, given or by default, and the table shows it as it was written', () => {
  const paths = {
    data: filePath({ variable: 'TESSERA_DATA', description: 'A folder.', default: '.tessera' }),
    other: filePath({ variable: 'TESSERA_OTHER', description: 'A folder.' }),
  }
  expect(readConfig({ schema: paths, environment: { TESSERA_OTHER: 'x/../y' } })).toEqual({
    data: join(process.cwd(), '.tessera'),
    other: join(process.cwd(), 'y'),
  })
  expect(describeConfig(paths)).toContain('`.tessera`')
})

test('a pattern with the global flag judges the same value the same way each time', () => {
  const name = { name: text({ variable: 'TESSERA_NAME', description: 'A name.', pattern: /^[a-z]+$/g }) }
  for (let round = 0; round < 3; round++) expect(problemsOf(name, { TESSERA_NAME: 'ada' })).toEqual([])
})

test('the table names every setting, its values, its default and its purpose', () => {
  const lines = describeConfig(schema).trimEnd().split('\n')
  expect(lines).toHaveLength(2 + Object.keys(schema).length)
  expect(lines).toContain('| `TESSERA_WORKERS` | a whole number from 1 to 64 | `1` | How many. |')
  expect(lines).toContain('| `TESSERA_VAULT_URL` | a URL with http:// or https:// | required | The vault. |')
})
