import { checkAnswers } from './checks/answers.ts'
import { checkAuthentications } from './checks/authentications.ts'
import { countWaiting, readBooks } from './checks/books.ts'
import { checkClaims } from './checks/claims.ts'
import { checkMoney } from './checks/money.ts'
import { notePoints } from './checks/note-points.ts'
import { checkPromised, checkRecords } from './checks/records.ts'
import { checkSettlement } from './checks/settlement.ts'
import type { Violation } from './checks/violation.ts'
import type { RunDatabase } from './database/database.ts'
import { SharedDatabase } from './database/pool.ts'
import type { Statement } from './database/sessions.ts'
import { type Choices, createChoices } from './loop/choices.ts'
import { createEventLog, type EventLog } from './loop/event-log.ts'
import { Scheduler } from './loop/scheduler.ts'
import { takeTurns } from './loop/turns.ts'
import { createAcquirerWire } from './world/acquirer.ts'
import { Balancer } from './world/balancer.ts'
import { Fleet } from './world/fleet.ts'
import { ForgetfulShop } from './world/forgetful-shop.ts'
import { type Plants, renderers } from './world/gateway.ts'
import { Issuers } from './world/issuers.ts'
import { type Shop, startMs } from './world/merchant.ts'
import { Oracle } from './world/oracle.ts'
import { type Point, Points } from './world/points.ts'
import { Receivers } from './world/receivers.ts'
import { tellStory } from './world/stories.ts'
import { VaultProcess } from './world/vault.ts'
import { VaultBooks } from './world/vault-books.ts'
import { drawWeather, heal, type Weather } from './world/weather.ts'

export interface RunParts {
  seed: string
  database: RunDatabase
  shop: Shop
  /** Faults put into the product on purpose. */
  plants?: Plants & { rewrite?(statement: Statement): Statement }
  trace?(line: string): void
}

export interface RunResult {
  seed: string
  digest: string
  violations: Violation[]
  points: Points
  steps: number
  statements: number
  payments: number
  /** Simulated. */
  tookMs: number
}

/** The same as plain data, as one process tells another. */
export type RunSummary = Omit<RunResult, 'points'> & { hits: [Point, number][] }

export function summaryOf({ points, ...rest }: RunResult): RunSummary {
  return { ...rest, hits: [...points.hits] }
}

const longestHealMs = 26 * 3_600_000
/** How often the worker looks for claims that came to nothing. */
const claimsEveryMs = 10_000

/** One run: everything that happens follows from the seed. */
export async function simulate(parts: RunParts): Promise<RunResult> {
  const { seed, database, shop } = parts
  await database.empty()
  await shop.restoreEndpoints()
  const log = createEventLog(parts.trace)
  const turns = takeTurns()
  try {
    return await run(parts, log, new Scheduler({ log, turns }), createChoices(seed))
  } finally {
    turns.giveBack()
  }
}

async function run(parts: RunParts, log: EventLog, scheduler: Scheduler, choices: Choices): Promise<RunResult> {
  const { seed, database, shop, plants = {} } = parts
  const weather = drawWeather(choices.fork('weather'))
  log.note(JSON.stringify(weather))
  const points = new Points()
  const violations: Violation[] = []
  const found = (promise: string, what: string) => violations.push({ promise, what })
  const wallMs = () => Math.floor(startMs + scheduler.nowMs)
  const background = createBackground(scheduler, 8 * 10 ** choices.unit())

  const oracle = new Oracle({ choices: choices.fork('oracle'), nowMs: () => scheduler.nowMs })
  const books = new VaultBooks(wallMs)
  books.reusesTokens = plants.reusesTokens ?? false
  const issuers = new Issuers(books)
  const wire = createAcquirerWire({ oracle, wallMs })
  const vault = new VaultProcess({ books, wire, scheduler, choices: choices.fork('vault'), weather, points })
  const receivers = new Receivers({
    scheduler,
    choices: choices.fork('receivers'),
    weather: weather.shop,
    points,
    renderers,
    onTaken: (received) => forgetfulShop.took(received),
  })
  const shared = new SharedDatabase({
    sessions: database.sessions,
    scheduler,
    choices: choices.fork('database'),
    weather: weather.database,
    points,
    rewrite: plants.rewrite,
  })
  const balancerChoices = choices.fork('balancer')
  const balancer = new Balancer({
    scheduler,
    choices: balancerChoices,
    weather: weather.shop,
    points,
    shop,
  })
  const forgetfulShop = new ForgetfulShop({ choices: choices.fork('forgetful shop'), scheduler, balancer, points })
  const fleet = new Fleet({
    scheduler,
    choices: choices.fork('fleet'),
    weather,
    points,
    database: shared,
    vault,
    receivers,
    issuers,
    balancer,
    shop,
    plants,
    background: background.pause,
    onLog: (line) => log.note(`  ${line}`),
  })
  fleet.open(choices.between(1, 3))
  planTrouble({ scheduler, choices: choices.fork('trouble'), weather, vault, books, points })

  let stories = choices.between(2, 6)
  const chaosMs = choices.between(20_000, 70_000)
  for (let story = stories; story > 0; story -= 1) {
    const name = `s${story}`
    const telling = tellStory({
      name,
      choices: choices.fork(name),
      scheduler,
      balancer,
      books,
      issuers,
      points,
      merchantId: shop.merchantId,
      wallMs,
    })
    void telling.then(
      () => {
        stories -= 1
      },
      (error: Error) => found('the harness holds', `${name}: ${error.stack}`),
    )
  }

  await scheduler.runUntil(chaosMs)
  log.note('heals')
  heal(weather)
  fleet.setClocksRight()
  background.heal()
  const endMs = scheduler.nowMs + longestHealMs
  for (;;) {
    await scheduler.runUntil(scheduler.nowMs + background.roundMs())
    const isTold = stories === 0 && forgetfulShop.underWay === 0
    if (isTold && (await countWaiting(database.sessions, reported(oracle))) === 0) break
    if (scheduler.nowMs > endMs) {
      const waiting = await countWaiting(database.sessions, reported(oracle))
      found('everything comes to rest', `${stories} stories, ${waiting} things waiting`)
      break
    }
  }
  // What is still on its way arrives, and the rounds that look for claims left behind come once more.
  await scheduler.runUntil(Math.max(scheduler.nowMs, background.pausedUntilMs()) + 60_000 + 2 * background.roundMs())
  fleet.close()

  const after = await readBooks(database.sessions)
  oracle.settleDue()
  notePoints(after, oracle, points)
  checkMoney(after, oracle, found)
  checkSettlement(after, oracle, found)
  checkAuthentications(after, { oracle, issuers, calls: balancer.calls }, found)
  checkRecords(after, receivers.received, found)
  checkPromised(forgetfulShop.promised, receivers.received, found)
  checkAnswers(after, balancer.calls, found)
  checkClaims(books, found)
  for (const { promise, what } of violations) log.note(`violation: ${promise}: ${what}`)
  return {
    seed,
    digest: log.digest(),
    violations,
    points,
    steps: scheduler.steps,
    statements: shared.statements,
    payments: after.payments.length,
    tookMs: scheduler.nowMs,
  }
}

/** How far the report has come; null while more will be told without anybody's doing. */
function reported({ settlement }: Oracle): number | null {
  settlement.catchUp()
  return settlement.isDone ? settlement.lines.length : null
}

/**
 * Rounds that look for work come late, which is always allowed: else most of a run would be looking in vain. Once healed
 * they come ever later, so that a retry in half an hour costs a few dozen rounds and not thousands.
 */
function createBackground(scheduler: Scheduler, stretch: number) {
  let healedAtMs: number | null = null
  const roundMs = () =>
    healedAtMs === null ? 0 : Math.min(600_000, Math.max(6_000, (scheduler.nowMs - healedAtMs) / 8))
  return {
    roundMs,
    pause: (ms: number) => (healedAtMs === null ? ms * stretch : Math.max(ms, roundMs())),
    /** Until then a round may sleep that fell asleep before all was healed. */
    pausedUntilMs: () => (healedAtMs ?? 0) + claimsEveryMs * stretch,
    heal: () => {
      healedAtMs = scheduler.nowMs
    },
  }
}

interface TroubleParts {
  scheduler: Scheduler
  choices: Choices
  weather: Weather
  vault: VaultProcess
  books: VaultBooks
  points: Points
}

/** What happens to the machines around the gateways. */
function planTrouble(parts: TroubleParts): void {
  const { scheduler, choices, weather, vault, books, points } = parts
  const crashes = weather.vaultCrashes ? choices.between(1, 3) : 0
  for (let count = 0; count < crashes; count += 1) {
    scheduler.after(choices.between(0, 60_000), 'trouble at the vault', () => {
      if (!weather.vaultCrashes) return
      vault.crash()
      if (!choices.chance(0.3)) return
      points.hit('vault lost its short-lived data')
      books.loseShortLived()
    })
  }
  planRestore(parts)
  const outages = weather.outages ? choices.between(1, 3) : 0
  for (let count = 0; count < outages; count += 1) {
    const what = choices.pick(['database', 'vault', 'acquirer'] as const)
    const lastsMs = choices.between(500, 20_000)
    scheduler.after(choices.between(0, 40_000), `${what} goes away`, () => {
      if (!weather.outages) return
      if (what !== 'vault') points.hit(`${what} away`)
      weather[what].isAway = true
      scheduler.after(lastsMs, `${what} is back`, () => {
        weather[what].isAway = false
      })
    })
  }
}

function planRestore({ scheduler, choices, weather, vault, books }: TroubleParts): void {
  if (!weather.vaultIsRestored) return
  scheduler.after(choices.between(0, 20_000), 'backup of the vault', () => {
    const backup = books.backup()
    scheduler.after(choices.between(500, 30_000), 'vault goes back to its backup', () => {
      if (weather.vaultIsRestored) vault.restore(backup)
    })
  })
}
