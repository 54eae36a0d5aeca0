import type { Pool } from 'pg'
import type { SharedDatabase } from '../database/pool.ts'
import type { Choices } from '../loop/choices.ts'
import { Life } from '../loop/life.ts'
import type { Scheduler } from '../loop/scheduler.ts'
import type { Balancer, Serving } from './balancer.ts'
import { type Plants, startGateway } from './gateway.ts'
import type { Issuers } from './issuers.ts'
import { type Shop, startMs } from './merchant.ts'
import type { Points } from './points.ts'
import type { Receivers } from './receivers.ts'
import type { VaultProcess } from './vault.ts'
import type { Weather } from './weather.ts'

export interface FleetParts {
  scheduler: Scheduler
  choices: Choices
  weather: Weather
  points: Points
  database: SharedDatabase
  vault: VaultProcess
  receivers: Receivers
  issuers: Issuers
  balancer: Balancer
  shop: Shop
  plants: Plants
  /** Pauses of background rounds, ms. */
  background(ms: number): number
  onLog(line: string): void
}

/** The gateways of a run. Each place is taken by one process after another, as crashes have it. */
export class Fleet {
  readonly #parts: FleetParts
  readonly #skews = new Map<string, number>()
  readonly #lives = new Set<Life>()
  #serial = 0

  constructor(parts: FleetParts) {
    this.#parts = parts
  }

  open(places: number): void {
    for (let place = 1; place <= places; place += 1) {
      const name = `gateway-${place}`
      this.#skews.set(name, this.#drawSkew())
      this.#begin(name, 0)
      this.#planCrash(name)
    }
    if (this.#parts.weather.clocks === 'wild') this.#planJump()
  }

  /** All clocks are right again. */
  setClocksRight(): void {
    for (const name of this.#skews.keys()) this.#skews.set(name, 0)
    for (const life of this.#lives) life.skewMs = 0
  }

  close(): void {
    for (const life of this.#lives) life.isAlive = false
  }

  #drawSkew(): number {
    const { choices, weather } = this.#parts
    if (weather.clocks === 'right') return 0
    if (weather.clocks === 'skewed') return choices.between(-3_000, 3_000)
    return choices.pick([-1, 1]) * choices.between(0, 3_600_000)
  }

  #begin(name: string, delayMs: number): void {
    this.#parts.scheduler.after(delayMs, `${name} starts`, () => this.#start(name))
  }

  #start(name: string): void {
    const { scheduler, choices, database, vault, receivers, issuers, balancer, weather, points } = this.#parts
    this.#serial += 1
    const life = new Life(`${name}.${this.#serial}`, scheduler, startMs)
    life.skewMs = this.#skews.get(name) ?? 0
    this.#lives.add(life)
    const background: Pool = database.poolOf(life, 'lookups')
    // Looking for work is most of what idle gateways do: one of them looks often, which is enough.
    const patience = name === 'gateway-1' ? 1 : 3
    const started = startGateway({
      ...this.#parts,
      background: (ms) => patience * this.#parts.background(ms),
      life,
      choices: choices.fork(life.name),
      pools: { hot: database.poolOf(life, 'lookups'), background, cold: database.poolOf(life, 'plain') },
      sealer: this.#parts.shop.sealer,
      vault: vault.portFor(life),
      provider: issuers.providerFor(life, {
        choices: choices.fork(`${life.name} issuers`),
        weather: weather.acquirer,
        points,
      }),
      sender: receivers.senderFor(life),
    })
    void started.then(
      async ({ server, authentications }) => {
        await server.app.ready()
        const serving: Serving = { life, server, authentications, underWay: 0 }
        if (!life.isAlive) return
        balancer.serving.add(serving)
        life.whenCrashed(() => balancer.serving.delete(serving))
      },
      (error: Error) => {
        scheduler.log.note(`${life.name} does not start: ${error.message}`)
        life.crash()
        this.#begin(name, 1_000)
      },
    )
  }

  #planCrash(name: string): void {
    const { scheduler, choices, weather, balancer, points } = this.#parts
    if (weather.crashEveryMs === 0) return
    scheduler.after(-Math.log(1 - choices.unit()) * weather.crashEveryMs, `${name} may crash`, () => {
      if (weather.crashEveryMs === 0) return
      const serving = [...balancer.serving].find(({ life }) => life.name.startsWith(`${name}.`))
      if (serving !== undefined) {
        points.hit('gateway crashed')
        if (serving.underWay > 0) points.hit('crash with a payment in flight')
        serving.life.crash()
        this.#begin(name, choices.between(100, 6_000))
      }
      this.#planCrash(name)
    })
  }

  #planJump(): void {
    const { scheduler, choices, weather, points } = this.#parts
    scheduler.after(choices.between(2_000, 30_000), 'a clock jumps', () => {
      if (weather.clocks !== 'wild') return
      points.hit('clock jumped')
      const name = choices.pick([...this.#skews.keys()])
      const skewMs = this.#drawSkew()
      this.#skews.set(name, skewMs)
      for (const life of this.#lives) if (life.name.startsWith(`${name}.`)) life.skewMs = skewMs
      this.#planJump()
    })
  }
}
