import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readBooks, waitForQuiet } from './books.ts'
import { openDatabases, showSettings } from './databases.ts'
import { startDeployment } from './deployment.ts'
import { runPaced, runSteadyRate } from './load.ts'
import { describeMachine } from './machine.ts'
import { createMerchant } from './merchant.ts'
import { memoryByProcess } from './processes.ts'
import { startReceiver } from './receiver.ts'
import { createReference } from './reference.ts'
import { createRounds } from './rounds.ts'
import { latencyOf, median, rounded } from './statistics.ts'

/**
 * `npm run bench`: the whole product and its reference, measured in turn on one server. Progress goes to standard error;
 * the last line of standard output is the result as JSON. Ends with 1 when the books do not agree: then no figure counts.
 */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '3' },
    /** Deliver the webhooks while measuring, too; else their rows are written and wait. */
    deliver: { type: 'boolean', default: false },
    /** Folder for a CPU profile of every process; such a run is slower than a plain one. */
    profile: { type: 'string' },
  },
})
/** Enough to keep two cores busy with five processes in a row; the reference has as many callers on its fixed pool. */
const callers = 256
/** Long enough for the hot code to be compiled: some thousand payments. */
const warmUpSeconds = 12
/** A fast machine would reach the default limit of one key in two. */
const tokenSeconds = 1
const steadyPerSecond = 100
const steadySeconds = 10
const bars = { ratio: 0.33, overheadP50Ms: 5, overheadP99Ms: 20, memoryMb: 450, inflowRatio: 0.9 }

const startedMs = performance.now()
function say(text: string): void {
  process.stderr.write(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(5)} s  ${text}\n`)
}

const atTheEnd: (() => Promise<unknown>)[] = []
async function finish(): Promise<void> {
  for (const step of atTheEnd.splice(0).reverse()) await step().catch((error) => say(String(error)))
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void finish().then(() => process.exit(130)))
}

async function measure(): Promise<{ booksAgree: boolean }> {
  const receiver = await startReceiver()
  atTheEnd.push(() => receiver.stop())
  const deployment = await startDeployment({ nodeOptions: profileOptions(), deliver: options.deliver })
  atTheEnd.push(() => deployment.stop())
  await sleep(1_000)
  const memoryMb = memoryByProcess(deployment)
  say(`started; ${totalOf(memoryMb)} MB`)

  const databases = await openDatabases(deployment)
  atTheEnd.push(() => databases.close())
  const merchant = createMerchant(deployment.credentials)
  atTheEnd.push(async () => merchant.close())
  await merchant.addWebhookEndpoint(receiver.url)

  const rounds = createRounds({ deployment, databases, merchant, callers, deliver: options.deliver })
  await rounds.runPayments(warmUpSeconds)
  const reference = await createReference(databases)
  await rounds.runReference(reference, warmUpSeconds / 4)
  await rounds.runServerPayments(warmUpSeconds / 2)
  say('warm')
  const pacedReferenceMs = await runPaced(steadyPerSecond, steadySeconds / 2, () => reference.payOnce())
  const steady = await runSteadyRate(merchant, steadyPerSecond, steadySeconds)
  const overheadMs = latencyOf(steady.latencies.overheadMs)
  const referenceMs = latencyOf(pacedReferenceMs)
  say(
    `at ${steadyPerSecond}/s: p50 ${overheadMs.p50} ms, p99 ${overheadMs.p99} ms above the acquirer; reference ${referenceMs.p50} and ${referenceMs.p99} ms`,
  )
  const measured = []
  for (let round = 1; round <= Number(options.rounds); round++) {
    const plain = await rounds.runReference(reference, Number(options.seconds))
    // The machine's own speed drifts within seconds: neither of the two always comes first.
    const early = round % 2 === 0 ? await rounds.runServerPayments(Number(options.seconds)) : null
    const payments = await rounds.runPayments(Number(options.seconds))
    const inflow = early ?? (await rounds.runServerPayments(Number(options.seconds)))
    const ratio = rounded(payments.perSecond / plain.perSecond, 3)
    const cpuRatio = rounded(plain.cpuMicrosPerPayment.total / payments.cpuMicrosPerPayment.total, 3)
    const inflowRatio = rounded(inflow.perSecond / payments.perSecond, 3)
    const inflowCpuRatio = rounded(payments.cpuMicrosPerPayment.total / inflow.cpuMicrosPerPayment.total, 3)
    measured.push({ ratio, cpuRatio, inflowRatio, inflowCpuRatio, payments, inflow, reference: plain })
    say(
      `round ${round}: ${payments.perSecond} payments/s, reference ${plain.perSecond}/s, ratio ${ratio} (CPU ${cpuRatio}, others ${payments.othersShare})`,
    )
    say(
      `         in one call ${inflow.perSecond} payments/s, ${inflowRatio} of that (CPU ${inflowCpuRatio}, others ${inflow.othersShare})`,
    )
  }
  const tokensPerSecond = await rounds.runTokens(tokenSeconds)
  say(`${tokensPerSecond} tokens/s`)
  await waitForQuiet(databases, options.deliver)

  const { totals } = rounds
  const reported = {
    payments: totals.payments + steady.total,
    tokens: totals.tokens + steady.total,
    referencePayments: totals.reference + pacedReferenceMs.length,
  }
  const books = await readBooks(reported, deployment, databases, options.deliver ? receiver : null)
  const ratio = median(measured.map((round) => round.ratio))
  const inflowRatio = median(measured.map((round) => round.inflowRatio))
  const result = {
    ratio,
    cpuRatio: median(measured.map((round) => round.cpuRatio)),
    paymentsPerSecond: median(measured.map((round) => round.payments.perSecond)),
    referencePerSecond: median(measured.map((round) => round.reference.perSecond)),
    tokensPerSecond,
    /** The same payment by one call of the inflow dialect, card and all; `ratio` is to the v1 rate beside it. */
    inflow: {
      paymentsPerSecond: median(measured.map((round) => round.inflow.perSecond)),
      ratio: inflowRatio,
      cpuRatio: median(measured.map((round) => round.inflowCpuRatio)),
    },
    steady: {
      paymentsPerSecond: steadyPerSecond,
      overheadMs,
      /** One plain transaction at the same pace: what a machine that sleeps between requests makes of the simplest work. */
      referenceMs,
      paymentMs: latencyOf(steady.latencies.paymentMs),
      tokenMs: latencyOf(steady.latencies.tokenMs),
    },
    memoryMb: { total: totalOf(memoryMb), ...memoryMb },
    bars: {
      ratio: ratio >= bars.ratio,
      inflowRatio: inflowRatio >= bars.inflowRatio,
      overheadP50: overheadMs.p50 <= bars.overheadP50Ms,
      overheadP99: overheadMs.p99 <= bars.overheadP99Ms,
      memory: totalOf(memoryMb) <= bars.memoryMb,
      booksAgree: books.agree,
    },
    callers,
    webhooksDelivered: options.deliver,
    rounds: measured,
    memoryAfterMb: memoryByProcess(deployment),
    books,
    settings: await showSettings(databases),
    machine: describeMachine(deployment),
    profiled: options.profile !== undefined,
    seconds: rounded((performance.now() - startedMs) / 1000, 1),
  }
  await finish()
  process.stdout.write(`${JSON.stringify(result)}\n`)
  return { booksAgree: books.agree }
}

function profileOptions(): string | undefined {
  if (options.profile === undefined) return undefined
  const folder = resolve(options.profile)
  mkdirSync(folder, { recursive: true })
  return `--cpu-prof --cpu-prof-dir=${folder}`
}

function totalOf(megabytes: Record<string, number>): number {
  return rounded(
    Object.values(megabytes).reduce((sum, each) => sum + each, 0),
    0,
  )
}

try {
  const { booksAgree } = await measure()
  process.exitCode = booksAgree ? 0 : 1
} catch (error) {
  await finish()
  throw error
}
