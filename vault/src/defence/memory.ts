import type { Clock } from '@tessera/lib/clock'
import type { CallerAddress } from './caller-address.ts'
import type { Evidence } from './rules.ts'
import { CardHistory, Tally } from './tally.ts'
import { createWindowMap, type WindowMap } from './window-map.ts'

/** Where a token came from. `card`, `range` and `run` are marks, never numbers. */
export interface Trace {
  shop: string
  card: string
  range: string
  run: string
  address: CallerAddress | null
  /** The first attempt that was let use it. */
  attemptId: string | null
}

const windowMs = 30 * 60_000

/** What the defence remembers. Each kind has a bound: all of them full are some hundred megabytes, under an attack of millions. */
export function createMemory(clock: Clock) {
  const tallies = (max: number): WindowMap<Tally> => createWindowMap({ max, windowMs, make: () => new Tally(), clock })
  const [hosts, networks, runs, ranges, shops] = [50_000, 20_000, 50_000, 20_000, 10_000].map(tallies) as [
    WindowMap<Tally>,
    WindowMap<Tally>,
    WindowMap<Tally>,
    WindowMap<Tally>,
    WindowMap<Tally>,
  ]
  const cards = createWindowMap({ max: 100_000, windowMs, make: () => new CardHistory(), clock })
  const fenced = createWindowMap({ max: 10_000, windowMs, make: () => new Set<string>(), clock })
  const traces = () =>
    createWindowMap<Trace>({
      max: 100_000,
      windowMs,
      make: () => {
        throw new Error('a trace is kept, never made up')
      },
      clock,
    })
  const [tokens, attempts] = [traces(), traces()]

  const evidenceOf = ({ shop, card, range, run, address }: Trace): Evidence => ({
    card: cards.at(card),
    run: runs.at(run),
    range: ranges.at(range),
    shop: shops.at(shop),
    host: address === null ? null : hosts.at(`${shop} ${address.host}`),
    network: address === null ? null : networks.at(`${shop} ${address.network}`),
    fencedRanges: fenced.find(shop)?.size ?? 0,
  })

  return {
    evidenceOf,
    talliesOf(trace: Trace): Tally[] {
      const { run, range, shop, host, network } = evidenceOf(trace)
      return [run, range, shop, host, network].filter((tally) => tally !== null)
    },
    fence: ({ shop, range }: Trace): void => void fenced.at(shop).add(range),
    keepToken: (token: string, trace: Trace): void => tokens.set(token, trace),
    token: (token: string): Trace | undefined => tokens.find(token),
    keepAttempt: (attemptId: string, trace: Trace): void => attempts.set(attemptId, trace),
    attempt: (attemptId: string): Trace | undefined => attempts.find(attemptId),
  }
}
