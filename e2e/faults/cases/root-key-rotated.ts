import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { databasesOf } from '../../harness/databases.ts'
import { operate } from '../../harness/operator.ts'
import { until } from '../../harness/until.ts'
import { demand, type FaultCase, type Scene } from './case.ts'
import { payWith, saveCard } from './saved-cards.ts'

const main = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url))

export const rootKeyRotated: FaultCase = {
  number: 19,
  name: 'root-key-rotated',
  what: 'the vault gets another root key; wrapping its keys anew is killed with -9 in the middle, and done again',
  async prepare(scene) {
    const kept = await saveCard(scene)
    return async () => {
      const { status } = await payWith(scene, kept)
      demand(status === 200 || status === 201, `a card from before was answered ${status}`)
      return {}
    }
  },
  async strike(scene) {
    const before = readFileSync(scene.wired.rootKeyFile, 'utf8').trim()
    const fresh = randomBytes(32).toString('base64')
    await restartVaultsWith(scene, [before, fresh])
    await restartVaultsWith(scene, [fresh, before])
    await killInTheMiddle(scene)
    const { rewrapped } = await operate(scene.product, 'root-key', 'rotate')
    demand(rewrapped > 0, 'nothing was left to be wrapped anew: the kill came too late')
    const again = await operate(scene.product, 'root-key', 'rotate')
    demand(again.rewrapped === 0, `${again.rewrapped} keys were not wrapped anew at once`)
    await restartVaultsWith(scene, [fresh])
    return { 'keys left by the killed one': rewrapped }
  },
}

/** Both vaults: the one that is met here, and the one of `tessera start`. */
async function restartVaultsWith({ wired, product }: Scene, rootKeys: readonly string[]): Promise<void> {
  for (const file of [wired.rootKeyFile, join(product.dataDirectory, 'keys/root.key')]) {
    writeFileSync(file, `${rootKeys.join('\n')}\n`)
  }
  const ofStart = async () => (await product.status()).processes.vault
  const pid = (await ofStart())?.pid
  wired.vault.kill()
  await product.kill('vault')
  await wired.vault.ready()
  const isNew = async () => {
    const now = await ofStart()
    return now?.urls !== null && now?.urls !== undefined && now.pid !== pid
  }
  await until(isNew, { withinMs: 60_000, everyMs: 50, what: 'the vault of tessera start to be started again' })
}

/** Merchants' keys are wrapped anew, then it waits for a lock on those of the instance, and is killed. */
async function killInTheMiddle({ product }: Scene): Promise<void> {
  const inVault = <T>(run: (client: pg.Client) => Promise<T>): Promise<T> =>
    databasesOf(product).with('superuser', 'tessera_vault', run)
  await inVault(async (holder) => {
    await holder.query('begin')
    await holder.query('select 1 from instance_keys for update')
    const rotating = spawn(process.execPath, [main, 'root-key', 'rotate', '--data-dir', product.dataDirectory], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let output = ''
    rotating.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    // Within a transaction the activity would look the same each time: another connection looks.
    await inVault(async (looking) => {
      const isWaiting = async () => {
        if (rotating.exitCode !== null) throw new Error(`it ended before it could be killed: ${output}`)
        return (await looking.query(`select 1 from pg_stat_activity where ${waiting}`)).rows.length === 1
      }
      await until(isWaiting, { withinMs: 30_000, everyMs: 20, what: 'the keys of the instance to be wrapped anew' })
      rotating.kill('SIGKILL')
      await once(rotating, 'exit')
      await looking.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${waiting}`)
    })
    await holder.query('rollback')
  })
}

const waiting = `datname = current_database() and wait_event_type = 'Lock' and query like 'update instance_keys%'`
