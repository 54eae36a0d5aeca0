import { createSecretKey, hash, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signInternalCall } from '@tessera/contracts/internal-signature'
import { type ProjectedKey, vaultPaths } from '@tessera/contracts/vault-protocol'
import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import pg from 'pg'
import { startVault, type Vault } from '../compose.ts'
import { readVaultConfig } from '../config.ts'

export const publishableKey = 'pk_test_2f9d0c1b7a6e4d3c'
export const liveKey = 'pk_live_8a7b6c5d4e3f2a1b'
export const secretKey = 'tsk_test_k1_7f6e5d4c3b2a1908'
export const merchantId = 'mer_one'

export function projectedKey(text: string, over: Partial<ProjectedKey> = {}): ProjectedKey {
  return {
    hash: hash('sha256', text),
    kind: 'publishable',
    merchantId,
    merchantActive: true,
    mode: text.includes('live') ? 'live' : 'test',
    scopes: [],
    allowedOrigins: null,
    s2sEnabled: true,
    expiresAtMs: null,
    connectorId: 'conn_sandbox',
    ...over,
  }
}

export const usualKeys: readonly ProjectedKey[] = [
  projectedKey(publishableKey),
  projectedKey(liveKey),
  projectedKey(secretKey, { kind: 'secret', scopes: ['tokens:write'] }),
]

export interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came.
  json: any
}

export interface RunningVault {
  vault: Vault
  clock: OffsetClock
  secret: KeyObject
  logLines: string[]
  /** Straight to its database. */
  sql: pg.Pool
  /** A signed call of the gateway. */
  call(path: string, request: unknown, over?: { authorization?: string; method?: string }): Promise<Answer>
  pushKeys(keys?: readonly ProjectedKey[], relayUrl?: string): Promise<void>
  post(body: unknown, over?: { key?: string | null; headers?: Record<string, string> }): Promise<Answer>
  /** The id of a new token. */
  token(card?: Record<string, unknown>): Promise<string>
  stop(): Promise<void>
}

export const goodCard = {
  number: '4242 4242 4242 4242',
  exp_month: 12,
  exp_year: 2039,
  cvc: '737',
  cardholder_name: 'Ada Lovelace',
}

/** A whole vault in this process, on free ports, over the database at `databaseUrl`. */
export async function runVault(
  databaseUrl: string,
  over: { environment?: Record<string, string>; folder?: string; pushKeys?: boolean } = {},
): Promise<RunningVault> {
  const folder = over.folder ?? mkdtempSync(join(tmpdir(), 'tessera-vault-'))
  const secret = createSecretKey(Buffer.alloc(32, 7))
  writeFileSync(join(folder, 'internal.key'), Buffer.alloc(32, 7).toString('hex'))
  writeFileSync(join(folder, 'root.key'), hash('sha256', 'a root key for tests', 'base64'))
  const environment = {
    VAULT_DATABASE_URL: databaseUrl,
    TESSERA_VAULT_PORT: '0',
    TESSERA_VAULT_INTERNAL_PORT: '0',
    TESSERA_INTERNAL_SECRET_FILE: join(folder, 'internal.key'),
    TESSERA_ROOT_KEY: `file:${join(folder, 'root.key')}`,
    ...over.environment,
  }
  const clock = new OffsetClock(systemClock)
  const logLines: string[] = []
  const log = createLogger({
    process: 'vault',
    clock,
    level: 'debug',
    write: (line) => logLines.push(line),
  })
  const config = readVaultConfig(environment)
  const vault = await startVault({ config, environment, clock, timers: realTimers, random: secureRandom, log })
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  sql.on('error', () => undefined)

  async function call(path: string, request: unknown, options: { authorization?: string; method?: string } = {}) {
    const body = Buffer.from(JSON.stringify(request))
    const { method = 'POST' } = options
    const nonce = secureRandom.bytes(16).toString('base64url')
    const parts = { method, path, body, timestampMs: clock.now(), nonce }
    const authorization = options.authorization ?? signInternalCall(secret, parts)
    return answerOf(await fetch(`${vault.urls.internal}${path}`, { method, body, headers: { authorization } }))
  }

  let version = 0
  async function pushKeys(keys: readonly ProjectedKey[] = usualKeys, relayUrl: string | null = null): Promise<void> {
    version += 1
    const reply = await call(
      vaultPaths.projection,
      { version: `v${version}`, sentAtMs: clock.now(), keys, relayUrl },
      { method: 'PUT' },
    )
    if (reply.status !== 200) throw new Error(`the keys were refused: ${reply.text}`)
  }
  if (over.pushKeys !== false) await pushKeys()
  const pulse = realTimers.every(1_000, () => {
    if (version > 0)
      call(vaultPaths.projection, { version: `v${version}`, sentAtMs: clock.now(), keys: null }).catch(() => undefined)
  })

  async function post(body: unknown, options: { key?: string | null; headers?: Record<string, string> } = {}) {
    const { key = publishableKey, headers = {} } = options
    const authorization: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` }
    return answerOf(
      await fetch(`${vault.urls.public}/v1/tokens`, {
        method: 'POST',
        body:
          typeof body === 'string' || body instanceof Uint8Array
            ? (body as Uint8Array<ArrayBuffer>)
            : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...authorization, ...headers },
      }),
    )
  }

  return {
    vault,
    clock,
    secret,
    logLines,
    sql,
    call,
    pushKeys,
    post,
    async token(card = {}) {
      const answer = await post({ card: { ...goodCard, ...card } })
      if (answer.status !== 201) throw new Error(`no token: ${answer.text}`)
      return answer.json.id
    },
    async stop() {
      pulse.stop()
      await vault.stop(1_000)
      await sql.end()
      if (over.folder === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status: response.status, headers: response.headers, text, json }
}
