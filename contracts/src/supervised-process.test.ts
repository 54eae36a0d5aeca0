import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { type ChildMessage, configurationInvalidExitCode, type SupervisorMessage } from './supervision.ts'

const child = new URL('./testing/supervised-child.ts', import.meta.url).href
const running: ChildProcess[] = []
afterEach(() => {
  for (const each of running.splice(0)) each.kill('SIGKILL')
})

/** A real process, with this test as its supervisor unless it is started alone. */
function launch(environment: Record<string, string> = {}, given: { alone?: boolean } = {}) {
  const process_ = spawn(process.execPath, ['-e', `import(${JSON.stringify(child)}).then((each) => each.main())`], {
    env: { ...environment, PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe', ...(given.alone ? [] : ['ipc' as const])],
  })
  running.push(process_)
  const said: ChildMessage[] = []
  let [output, errors] = ['', '']
  let hear = () => {}
  process_.on('message', (message) => {
    said.push(message as ChildMessage)
    hear()
  })
  process_.stdout?.on('data', (piece) => {
    output += piece
    hear()
  })
  process_.stderr?.on('data', (piece) => {
    errors += piece
  })
  // Node tells no `close` of a child whose channel its parent has closed, so the streams are waited for one by one.
  const ends = [
    once(process_, 'exit'),
    ...[process_.stdout, process_.stderr].map((stream) => stream && once(stream, 'end')),
  ]
  const exited = Promise.all(ends).then(() => ({ code: process_.exitCode, output, errors }))
  return {
    exited,
    send: (message: SupervisorMessage) => process_.send(message),
    disconnect: () => process_.disconnect(),
    signal: (name: NodeJS.Signals) => process_.kill(name),
    /** Rejects when the process leaves before it says so. */
    message: (type: ChildMessage['type']) =>
      new Promise<ChildMessage>((resolve, reject) => {
        hear = () => {
          const found = said.find((message) => message.type === type)
          if (found !== undefined) resolve(found)
        }
        hear()
        void exited.then(() => reject(new Error(`it left: ${errors}`)))
      }),
    logged: (event: string) =>
      new Promise<void>((resolve, reject) => {
        hear = () => {
          if (output.includes(`"event":"${event}"`)) resolve()
        }
        hear()
        void exited.then(() => reject(new Error(`it left: ${errors}`)))
      }),
  }
}

describe('a supervised process', () => {
  it('tells where it listens once it runs, and says so in its log under its own name', async () => {
    const { message, logged, signal, exited } = launch()
    expect(await message('ready')).toEqual({ type: 'ready', urls: { acquirer: 'http://127.0.0.1:1' } })
    await logged('ready')
    signal('SIGTERM')
    const { output } = await exited
    expect(JSON.parse(output.split('\n')[0] ?? '')).toMatchObject({
      event: 'ready',
      process: 'sandbox',
      url: 'http://127.0.0.1:1',
      pid: expect.any(Number),
    })
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('stops in good order on %s', async (name) => {
    const { message, signal, exited } = launch()
    await message('ready')
    signal(name)
    const { code, output, errors } = await exited
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(output).toContain(`"reason":"${name}"`)
    expect(output).toContain('stopped with 3000 ms')
  })

  it('stops in good order when its supervisor is gone', async () => {
    const { message, disconnect, exited } = launch()
    await message('ready')
    disconnect()
    const { code, output } = await exited
    expect(code).toBe(0)
    expect(output).toContain('"reason":"supervisor gone"')
    expect(output).toContain('stopped with 3000 ms')
  })

  it('moves its clock by what it is told in all, and answers its own messages with it', async () => {
    const { send, message } = launch()
    send({ type: 'advance_clock', offsetMs: 5_000 })
    expect(await message('clock_advanced')).toEqual({ type: 'clock_advanced', totalOffsetMs: 5_000 })
    send({ type: 'has_live_keys' })
    expect(await message('live_keys')).toEqual({ type: 'live_keys', exist: true })
  })

  it('answers what it was asked before it ran', async () => {
    const { send, message } = launch()
    send({ type: 'has_live_keys' })
    expect(await message('live_keys')).toEqual({ type: 'live_keys', exist: false })
  })

  it('leaves to be started again when it cannot answer', async () => {
    const { send, exited } = launch({ TESSERA_BEHAVIOUR: 'mute' })
    send({ type: 'has_live_keys' })
    const { code, output } = await exited
    expect(code).toBe(1)
    expect(output).toContain('no answer to that')
  })
})

it('a process without a supervisor runs until it gets a signal', async () => {
  const { logged, signal, exited } = launch({}, { alone: true })
  await logged('ready')
  signal('SIGTERM')
  expect((await exited).code).toBe(0)
})

describe('a process that cannot start', () => {
  it('leaves to be started again', async () => {
    const { code, output } = await launch({ TESSERA_BEHAVIOUR: 'fails' }).exited
    expect(code).toBe(1)
    expect(output).toContain('no way to start')
  })

  it('leaves for good when only another configuration would help', async () => {
    const { code, output } = await launch({ TESSERA_BEHAVIOUR: 'misconfigured' }).exited
    expect(code).toBe(configurationInvalidExitCode)
    expect(output).toContain('a key that is none')
  })

  it('names every problem of its configuration and leaves for good', async () => {
    const { code, errors } = await launch({ TESSERA_BEHAVIOUR: 'x', TESSERA_BEHAVOUR: 'well' }).exited
    expect(code).toBe(configurationInvalidExitCode)
    expect(errors).toMatch(/TESSERA_BEHAVIOUR[\s\S]*TESSERA_BEHAVOUR is not a setting/)
  })
})
