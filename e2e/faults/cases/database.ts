import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { databasesOf } from '../../harness/databases.ts'
import type { Product } from '../../harness/product.ts'
import { until } from '../../harness/until.ts'
import type { FaultCase, Scene } from './case.ts'

export const databaseCases: FaultCase[] = [
  {
    number: 5,
    name: 'database-killed',
    what: 'kill -9 of PostgreSQL under load',
    killsServer: true,
    async strike({ product }) {
      const before = await databaseOf(product)
      await product.kill('postgres')
      await anotherDatabase(product, before)
      return {}
    },
  },
  {
    number: 6,
    name: 'reply-of-commit-lost',
    what: 'statements are carried out and committed, and their answers never arrive',
    async strike({ wired }) {
      const { database } = wired.wires
      const before = database.swallowedBytes
      database.fail({ kind: 'mute' })
      let lost = 0
      try {
        await sleep(600)
        await until(() => database.swallowedBytes > before, { withinMs: 10_000, what: 'an answer to be lost' })
      } finally {
        lost = database.reset()
        database.fail({ kind: 'none' })
      }
      return { 'bytes of answers lost': database.swallowedBytes - before, 'connections lost': lost }
    },
  },
  {
    number: 7,
    name: 'database-paused',
    what: 'the database does not move for 30 seconds, so that every connection is taken',
    async strike({ wired }) {
      wired.wires.database.fail({ kind: 'frozen' })
      await sleep(30_000)
      wired.wires.database.fail({ kind: 'none' })
      return { seconds: 30 }
    },
  },
  {
    number: 8,
    name: 'deadlocks',
    what: 'others hold and lock the same rows the other way round',
    async strike(scene) {
      const before = await deadlocks(scene)
      await Promise.all(Array.from({ length: 3 }, (_, index) => meddle(scene, 4_000, index % 2 === 0)))
      return { deadlocks: (await deadlocks(scene)) - before }
    },
  },
  {
    number: 9,
    name: 'disk-full',
    what: 'no room is left on the disk for some seconds, and worker and PostgreSQL die meanwhile',
    needsSmallDisk: true,
    async strike({ product, smallDisk }) {
      if (smallDisk === null) throw new Error('the database does not lie on a small disk')
      const ballast = join(smallDisk, 'ballast')
      const before = await databaseOf(product)
      const written = fill(ballast)
      let bytesLeft: number
      try {
        await sleep(2_000)
        await product.kill('worker')
        // Now and then it dies by itself, when it needs another file for its log.
        if ((await databaseOf(product)) === before) await product.kill('postgres')
        await sleep(2_000)
        const { bavail, bsize } = statfsSync(smallDisk)
        bytesLeft = bavail * bsize
      } finally {
        rmSync(ballast)
      }
      await anotherDatabase(product, before)
      return { 'MB of ballast': written >> 20, 'bytes left at the end': bytesLeft }
    },
  },
]

const databaseOf = async (product: Product): Promise<number | null> => (await product.status()).postgres?.pid ?? null

async function anotherDatabase(product: Product, before: number | null): Promise<void> {
  await until(async () => ![null, before].includes(await databaseOf(product)), {
    withinMs: 60_000,
    what: 'PostgreSQL to be started again',
  })
}

/** Writes until there is no room. */
function fill(path: string): number {
  const file = openSync(path, 'w')
  let written = 0
  for (let size = 1 << 20; size >= 4_096; ) {
    try {
      written += writeSync(file, Buffer.alloc(size))
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOSPC') throw error
      size >>= 1
    }
  }
  closeSync(file)
  return written
}

async function deadlocks(scene: Scene): Promise<number> {
  return databasesOf(scene.product).with('superuser', 'postgres', async (client) => {
    const { rows } = await client.query(`select deadlocks from pg_stat_database where datname = 'tessera_gateway'`)
    return Number(rows[0].deadlocks)
  })
}

const newest = 'select merchant_id, payment_id from payments order by created_at desc limit 40'

/** Locks payments that are being written, in one order or the other, and lets go again. */
async function meddle(scene: Scene, forMs: number, forwards: boolean): Promise<void> {
  await databasesOf(scene.product).with('gateway', 'tessera_gateway', async (client) => {
    const untilMs = performance.now() + forMs
    while (performance.now() < untilMs) {
      await client.query('begin')
      // Whoever is chosen as the deadlock's victim is rolled back, and begins anew.
      await lockInOrder(client, forwards).catch(() => undefined)
      await client.query('rollback')
      await sleep(30)
    }
  })
}

async function lockInOrder(client: pg.Client, forwards: boolean): Promise<void> {
  const { rows } = await client.query(newest)
  const ids = rows.map((row) => row.payment_id as string).sort()
  for (const id of forwards ? ids : ids.reverse()) {
    await client.query('select 1 from payments where merchant_id = $1 and payment_id = $2 for update', [
      rows[0].merchant_id,
      id,
    ])
    await sleep(5)
  }
}
