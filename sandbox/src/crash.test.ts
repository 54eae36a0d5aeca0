import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildMessage } from '@tessera/contracts/supervision'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authorization, send } from './testing/running-sandbox.ts'

let directory: string
let children: ChildProcess[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tessera-crash-'))
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(directory, { recursive: true })
})

const entry = `import(${JSON.stringify(new URL('main.ts', import.meta.url).href)}).then((sandbox) => sandbox.main())`
const journal = () => join(directory, 'journal.jsonl')

function spawnSandbox(environment: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', entry], {
    env: { PATH: process.env.PATH, TESSERA_SANDBOX_JOURNAL: journal(), TESSERA_LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  children.push(child)
  return child
}

async function start(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawnSandbox()
  const [message] = (await once(child, 'message')) as [ChildMessage]
  if (message.type !== 'ready' || !('acquirer' in message.urls)) throw new Error('the sandbox said something else')
  return { child, url: message.urls.acquirer }
}

const call = (agent: Agent, url: string, method: string, path: string, body?: unknown) =>
  send(agent, `${url}${path}`, method, body === undefined ? undefined : JSON.stringify(body), {
    authorization: 'Bearer sbx_mer_1',
  })

/** Sends authorizations from 32 callers until the sandbox is gone. Returns what was answered, by reference. */
async function loadUntilGone(url: string, acknowledged: Map<string, string>, inFlight: Set<string>): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  let next = 0
  async function caller(): Promise<void> {
    for (;;) {
      const reference = `att_${next++}`
      inFlight.add(reference)
      try {
        const { body } = await call(
          agent,
          url,
          'POST',
          '/v1/authorizations',
          authorization(reference, { capture: true }),
        )
        acknowledged.set(reference, body)
        inFlight.delete(reference)
      } catch {
        return
      }
    }
  }
  await Promise.all(Array.from({ length: 32 }, caller))
  agent.destroy()
}

describe('kill -9', () => {
  test('under load loses no entry that was acknowledged, however often it happens', { timeout: 60_000 }, async () => {
    const acknowledged = new Map<string, string>()
    for (let round = 0; round < 3; round += 1) {
      const { child, url } = await start()
      const already = acknowledged.size
      const inFlight = new Set<string>()
      const load = loadUntilGone(url, acknowledged, inFlight)
      while (acknowledged.size < already + 500) await new Promise((resolve) => setImmediate(resolve))
      const underWay = inFlight.size
      child.kill('SIGKILL')
      await load
      expect(underWay).toBeGreaterThanOrEqual(20)

      const again = await start()
      const agent = new Agent({ keepAlive: true })
      const ledger = await call(agent, again.url, 'GET', '/sandbox/ledger')
      const known = new Set(ledger.body.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line).reference)))
      expect([...acknowledged.keys()].filter((reference) => !known.has(reference))).toEqual([])
      for (const [reference, body] of [...acknowledged].slice(-20)) {
        const repeated = authorization(reference, { capture: true })
        expect((await call(agent, again.url, 'POST', '/v1/authorizations', repeated)).body).toBe(body)
      }
      agent.destroy()
      again.child.kill('SIGKILL')
      await once(again.child, 'exit')
    }
  })

  test('in the middle of a line leaves a journal that can be read and written on', async () => {
    const first = await start()
    const agent = new Agent()
    const { body } = await call(agent, first.url, 'POST', '/v1/authorizations', authorization('att_1'))
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    await appendFile(journal(), '{"type":"authorization","atMs":18')
    const second = await start()
    expect((await call(agent, second.url, 'POST', '/v1/authorizations', authorization('att_1'))).body).toBe(body)
    await call(agent, second.url, 'POST', '/v1/authorizations', authorization('att_2'))
    expect((await call(agent, second.url, 'GET', '/v1/references/att_2')).status).toBe(200)
  })
})

describe('the process', () => {
  test('moves its clock when its supervisor says so, and only then', async () => {
    const { child, url } = await start()
    const agent = new Agent()
    await call(agent, url, 'POST', '/v1/authorizations', authorization('att_1'))
    child.send({ type: 'advance_clock', offsetMs: 8 * 24 * 3_600_000 })
    const [answer] = await once(child, 'message')
    expect(answer).toEqual({ type: 'clock_advanced', totalOffsetMs: 8 * 24 * 3_600_000 })
    const capture = { reference: 'cap_1', amount_minor: 1, final: true }
    const late = await call(agent, url, 'POST', '/v1/authorizations/att_1/captures', capture)
    expect(late.json.code).toBe('authorization_expired')
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('ends in good order on %s', async (signal) => {
    const { child } = await start()
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('ends when its supervisor is gone', async () => {
    const { child } = await start()
    child.disconnect()
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('refuses an address that is not loopback, naming every problem, and asks not to be started again', async () => {
    const child = spawnSandbox({ TESSERA_SANDBOX_HOST: '0.0.0.0', TESSERA_SANDBOX_PROT: '1' })
    let told = ''
    child.stderr?.on('data', (piece) => {
      told += piece
    })
    expect(await once(child, 'close')).toEqual([78, null])
    expect(told).toContain('TESSERA_SANDBOX_HOST must be')
    expect(told).toContain('did you mean TESSERA_SANDBOX_PORT')
  })
})
