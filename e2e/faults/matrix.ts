import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@tessera/lib/random'
import { freshNumber } from '../harness/cards.ts'
import { until } from '../harness/until.ts'
import { type Aftermath, type Site, startForCampaign, underLoad } from './campaign.ts'
import { acquirerCases } from './cases/acquirer.ts'
import type { FaultCase, Scene, Seen } from './cases/case.ts'
import { databaseCases } from './cases/database.ts'
import { processCases } from './cases/processes.ts'
import { requestCases } from './cases/requests.ts'
import { rootKeyRotated } from './cases/root-key-rotated.ts'
import { surroundingCases } from './cases/surroundings.ts'
import { vaultRestored } from './cases/vault-restored.ts'
import type { Order } from './orders.ts'
import { startWeather } from './weather.ts'
import { type Wired, wire } from './wired.ts'

export const faultCases: readonly FaultCase[] = [
  ...processCases,
  ...databaseCases,
  ...acquirerCases,
  ...requestCases,
  ...surroundingCases,
  rootKeyRotated,
  vaultRestored,
].sort((left, right) => left.number - right.number)

/** Below this a fault proves little. */
const fewestInFlight = 20
const manyInFlightWithinMs = 90_000
const servingWithinMs = 90_000
const answersAfterwards = 15
const smallDiskMegabytes = 400

/** One fault under load, and what became of the payments that were in flight then. */
export interface Strike {
  name: string
  inFlight: Order[]
  /** Until a payment was answered again. */
  servingAfterMs: number
  seen: Seen
  /** What must not have been seen; null where all is well. */
  fault: string | null
}

export interface Round {
  strikes: Strike[]
  aftermath: Aftermath
  output: string
}

export interface RoundOptions {
  seed: number
  shoppers: number
  quietWithinMs: number
  log(line: string): void
}

/** The cases one after another at one product under load; then everything heals, and the books are compared. */
export async function runRound(cases: readonly FaultCase[], options: RoundOptions): Promise<Round> {
  const disk = cases.some((each) => each.needsSmallDisk) ? mountSmallDisk() : null
  const product = await startForCampaign(disk === null ? {} : { dataDirectory: disk })
  const wired = await wire(product, seededRandom(options.seed)).catch(async (error) => {
    await product.dispose()
    throw error
  })
  let isOver = false
  try {
    const strikes: Strike[] = []
    const aftermath = await underLoad(wired.product, options, async (site) => {
      for (const each of cases) {
        const strike = await strikeOnce(each, sceneOf(site, wired, disk))
        strikes.push(strike)
        options.log(lineOf(strike))
      }
    })
    isOver = true
    return { strikes, aftermath, output: wired.product.output() }
  } catch (error) {
    throw new Error(`seed ${options.seed}: ${(error as Error).message}\n${wired.product.output().slice(-6_000)}`, {
      cause: error,
    })
  } finally {
    await wired.stop()
    if (isOver || disk !== null) await product.dispose().catch(() => undefined)
    else await product.stop()
    if (disk !== null) unmount(disk)
  }
}

/** Whether a file system of a few hundred megabytes can be had here. */
export function canMountSmallDisk(): boolean {
  try {
    unmount(mountSmallDisk())
    return true
  } catch {
    return false
  }
}

function mountSmallDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-small-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${smallDiskMegabytes}m,mode=755`, 'tmpfs', folder], {
      stdio: 'ignore',
    })
    return folder
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw new Error('a small file system cannot be mounted here', { cause: error })
  }
}

function unmount(folder: string): void {
  execFileSync('umount', [folder])
  rmSync(folder, { recursive: true, force: true })
}

function sceneOf(site: Site, wired: Wired, smallDisk: string | null): Scene {
  return { ...site, wired, smallDisk, restoreWeather: () => startWeather(site.acquirer) }
}

async function strikeOnce(each: FaultCase, scene: Scene): Promise<Strike> {
  const { inFlight, wired } = scene
  await Promise.all([wired.gateway.ready(), wired.vault.ready()])
  await until(() => inFlight.count >= fewestInFlight, {
    withinMs: manyInFlightWithinMs,
    everyMs: 10,
    what: () => `${fewestInFlight} payments in flight (there are ${inFlight.count})`,
  })
  const orders = inFlight.orders
  let fault: string | null = null
  let seen: Seen = {}
  const look = async (run: () => Promise<Seen>) => {
    try {
      seen = { ...seen, ...(await run()) }
    } catch (error) {
      fault ??= (error as Error).message
    }
  }
  const check = await each.prepare?.(scene)
  const struckAt = performance.now()
  await look(() => each.strike(scene))
  const from = each.killsServer ? struckAt : performance.now()
  await firstAnswer(scene)
  const servingAfterMs = Math.round(performance.now() - from)
  if (check !== undefined) await look(check)
  const before = scene.answers()
  await until(() => scene.answers() >= before + answersAfterwards, {
    withinMs: servingWithinMs,
    what: `payments to be answered again after ${each.name}`,
  })
  return { name: each.name, inFlight: orders, servingAfterMs, seen, fault }
}

/** Three shoppers of its own, since the acquirer keeps some waiting: whichever is answered first. */
async function firstAnswer({ api }: Scene): Promise<void> {
  const isAnswered = async (): Promise<boolean> => {
    const answer = await api.pay({ amount: 1.5 }, { number: freshNumber() }).catch(() => null)
    return answer !== null && answer.status < 409
  }
  let isServed = false
  const shopper = () =>
    until(async () => isServed || (await isAnswered()), {
      withinMs: servingWithinMs,
      everyMs: 20,
      what: 'a payment to be answered again',
    })
  await Promise.race([shopper(), shopper(), shopper()])
  isServed = true
}

const lineOf = ({ name, inFlight, servingAfterMs, seen, fault }: Strike): string => {
  const details = Object.entries(seen).map(([what, value]) => `${what}: ${value}`)
  return [
    `${name}: ${inFlight.length} payments in flight, answering after ${servingAfterMs} ms`,
    ...details,
    ...(fault === null ? [] : [`FAULT ${fault}`]),
  ].join('; ')
}
