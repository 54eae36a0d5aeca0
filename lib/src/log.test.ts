import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { ManualClock } from './clock.ts'
import { createLogger, type LogFields, type LogLevel } from './log.ts'

function harness(level: LogLevel = 'info') {
  const lines: string[] = []
  const logger = createLogger({
    process: 'vault',
    clock: new ManualClock(Date.UTC(2025, 0, 2, 3, 4, 5, 6)),
    level,
    write: (line) => lines.push(line),
  })
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') }
}

test('a line is one JSON object with time, level, event, process and its fields', () => {
  const { logger, lines, last } = harness()
  logger.info('token created', { requestId: 'rq_1', status: 201, durationMs: 1.5 })
  expect(last()).toEqual({
    time: '2025-01-02T03:04:05.006Z',
    level: 'info',
    event: 'token created',
    process: 'vault',
    requestId: 'rq_1',
    status: 201,
    durationMs: 1.5,
  })
  expect(lines[0]).not.toContain('\n')
})

test.each([
  ['debug', 4],
  ['info', 3],
  ['warn', 2],
  ['error', 1],
  ['silent', 0],
] as const)('at level %s, %i of four lines are written', (level, count) => {
  const { logger, lines } = harness(level)
  logger.debug('a')
  logger.info('b')
  logger.warn('c')
  logger.error('d')
  expect(lines).toHaveLength(count)
})

test('a field that is not on the list is dropped, also where the type was cast away', () => {
  const { logger, last, lines } = harness()
  logger.info('x', { body: 'private', cardNumber: '1', toString: 'y', reason: 'kept' } as unknown as LogFields)
  expect(last()).toMatchObject({ reason: 'kept' })
  expect(Object.keys(last())).toEqual(['time', 'level', 'event', 'process', 'reason'])
  // @ts-expect-error the list is closed at compile time as well.
  logger.info('x', { body: 'private' })
  expect(lines.join()).not.toContain('private')
})

test('a child says its fields on every line', () => {
  const { logger, last } = harness()
  const child = logger.child({ merchantId: 'm_1' }).child({ connector: 'sandbox' })
  child.warn('slow', { durationMs: 3 })
  expect(last()).toMatchObject({ level: 'warn', merchantId: 'm_1', connector: 'sandbox', durationMs: 3 })
})

test('an error shows name, code, message and causes, and nothing else that a driver puts there', () => {
  const { logger, last, lines } = harness()
  const cause = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(ada@example.org)' })
  logger.error('write failed', { error: new TypeError('not recorded', { cause }) })
  expect(last().error).toEqual({
    name: 'TypeError',
    message: 'not recorded',
    cause: { name: 'Error', code: '23505', message: 'duplicate key' },
  })
  expect(lines.join()).not.toContain('ada@')
})

test('stacks are shown at debug alone', () => {
  const calm = harness('info')
  calm.logger.error('x', { error: new Error('y') })
  expect(calm.last().error.stack).toBeUndefined()
  const loud = harness('debug')
  loud.logger.error('x', { error: new Error('y') })
  expect(loud.last().error.stack).toContain('log.test.ts')
})

test('whatever is thrown can be logged', () => {
  const { logger, lines, last } = harness()
  const circular = new Error('round')
  circular.cause = circular
  for (const error of [undefined, null, 'text', 7, { a: 1 }, Symbol('s'), circular]) logger.error('x', { error })
  expect(lines).toHaveLength(7)
  expect(last().error.message).toBe('round')
})

test('the query of a URL and the password in one are left out', () => {
  const { logger, last } = harness()
  logger.info('x', { url: 'https://shop.example/back?email=a@b.c#frag' })
  expect(last().url).toBe('https://shop.example/back')
  logger.info('x', { error: new Error('cannot reach postgres://role:hunter2@127.0.0.1:5432/db') })
  expect(last().error.message).toBe('cannot reach postgres://role:[masked]@127.0.0.1:5432/db')
})

test('a very long text is cut', () => {
  const { logger, lines } = harness()
  logger.info('x', { reason: 'y'.repeat(1_000_000) })
  expect(lines[0]?.length).toBeLessThan(3_000)
})

test('a line break in a field cannot forge a second line', () => {
  const { logger, lines } = harness()
  logger.info('x', { reason: 'a\n{"level":"error"}' })
  expect(lines.join('\n').split('\n')).toHaveLength(1)
})

test('card numbers and secrets are masked wherever a text may stand', () => {
  const { logger, lines } = harness('debug')
  const number = '4242424242424242'
  logger.info(`event ${number}`, { reason: number, url: `https://x.example/${number}`, status: Number(number) })
  logger.child({ file: number }).error('x', { error: new Error(`bad ${number}`, { cause: number }) })
  logger.warn('x', { error: Object.assign(new Error('y'), { name: number, code: number }) })
  logger.warn('x', { code: 'tsk_test_0123456789abcdef' })
  expect(lines).toHaveLength(4)
  expect(lines.join()).not.toContain(number)
  expect(lines.join()).not.toContain('0123456789abcdef')
})

test('a process whose log is no longer read lives on', async () => {
  const script = `
    import { createLogger } from '${new URL('log.ts', import.meta.url).href}'
    import { systemClock } from '${new URL('clock.ts', import.meta.url).href}'
    const logger = createLogger({ process: 'x', clock: systemClock, level: 'info' })
    process.on('message', () => {
      for (let line = 0; line < 1000; line++) logger.info('a line', { reason: 'y'.repeat(1000) })
      setTimeout(() => process.exit(7), 20)
    })
    process.send('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const exitCode = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await new Promise<void>((resolve) => child.once('message', () => resolve()))
  const closed = new Promise<void>((resolve) => child.stdout?.once('close', () => resolve()))
  child.stdout?.destroy()
  await closed
  child.send('write')
  expect(await exitCode).toBe(7)
})
