import type { Random } from '@tessera/lib/random'
import type { ProcessName } from '../harness/product.ts'
import { runCampaign, startForCampaign } from './campaign.ts'
import { targets } from './killer.ts'
import { killTable } from './report.ts'

/** Sometimes two at once: the one that would repair what the other broke is gone as well. */
const doubleKillShare = 0.2

const pick = (random: Random): ProcessName => targets[Math.floor(random.unit() * targets.length)] as ProcessName

export interface LongCampaignOptions {
  minutes: number
  seed: number
  shoppers: number
  quietWithinMs: number
  log(line: string): void
}

/** Processes killed at random. Returns whether all books agree; where they do not, the data directory is kept. */
export async function runLongCampaign({ minutes, ...options }: LongCampaignOptions): Promise<boolean> {
  const { seed, shoppers, log } = options
  const endsAt = performance.now() + minutes * 60_000

  function nextKill(killed: number, random: Random): ProcessName[] | null {
    if (performance.now() > endsAt && killed >= targets.length) return null
    // Each of them once, then by chance.
    if (killed < targets.length) return [targets[killed] as ProcessName]
    return [...new Set([pick(random), ...(random.unit() < doubleKillShare ? [pick(random)] : [])])]
  }

  log(`seed ${seed}, ${shoppers} shoppers, ${minutes} minutes`)
  const product = await startForCampaign()
  log(`data directory ${product.dataDirectory}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void product.stop().then(() => process.exit(1)))
  }
  let agrees = false
  try {
    const result = await runCampaign(product, {
      ...options,
      nextKill,
      answersBetweenKills: 60,
    })
    const { books, disagreements, kills, lastPayment, clockMovedMs } = result
    log(`\n${killTable(kills, disagreements)}\n`)
    const disputed = books.payments.filter((payment) => payment.dispute !== null).length
    log(
      `${books.payments.length} payments (${disputed} of them disputed), ${books.operations.length} operations, ${books.events.length} events compared`,
    )
    log(
      `clock moved by ${Math.round(clockMovedMs / 1000)} s to settle what was due later; last payment: ${lastPayment}`,
    )
    for (const [promise, broken] of Object.entries(disagreements)) {
      log(`${broken.length === 0 ? 'kept' : `BROKEN ${broken.length} times`}: ${promise}`)
      for (const { order, what } of broken.slice(0, 30)) log(`  ${order ?? '-'}: ${what}`)
    }
    agrees = Object.values(disagreements).every((broken) => broken.length === 0) && lastPayment === 'completed'
  } catch (error) {
    console.error(error)
    log(`what the product said:\n${product.output()}`)
  } finally {
    if (agrees) await product.dispose()
    else {
      await product.stop()
      log(`kept for a look: ${product.dataDirectory}`)
    }
  }
  return agrees
}
