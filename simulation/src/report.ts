import type { RunSummary } from './simulate.ts'
import { Points, points } from './world/points.ts'

/** Sums over the seeds of one command. */
export class Report {
  readonly points = new Points()
  readonly failed: RunSummary[] = []
  seeds = 0
  payments = 0
  steps = 0
  statements = 0
  simulatedMs = 0

  add(result: RunSummary): void {
    this.points.add(result.hits)
    if (result.violations.length > 0) this.failed.push(result)
    this.seeds += 1
    this.payments += result.payments
    this.steps += result.steps
    this.statements += result.statements
    this.simulatedMs += result.tookMs
  }

  text(elapsed: { wallMs: number; cpuMs: number; jobs: number }): string {
    const perHour = (ms: number) => Math.round((this.seeds * 3_600_000) / ms).toLocaleString('en')
    const missing = this.points.missing()
    return [
      `${this.seeds} seeds, ${this.payments} payments, ${(this.simulatedMs / 3_600_000).toFixed(1)} simulated hours, ${this.failed.length} with violations`,
      `${this.steps} steps, ${this.statements} statements, ${perHour(elapsed.wallMs)} seeds per hour in ${elapsed.jobs} ${elapsed.jobs === 1 ? 'process' : 'processes'} (${(elapsed.cpuMs / this.seeds).toFixed(0)} ms of processor each, the database apart)`,
      'happened, and how often:',
      ...points.map((point) => `  ${String(this.points.hits.get(point) ?? 0).padStart(7)}  ${point}`),
      missing.length === 0
        ? 'everything that must happen sometimes has happened'
        : `never happened: ${missing.join(', ')}`,
      '',
    ].join('\n')
  }
}

/** What broke, and the command that shows it again. */
export function describeFailure(result: RunSummary): string {
  const shown = result.violations.slice(0, 10).map(({ promise, what }) => `  ${promise}: ${what}`)
  const more = result.violations.length - shown.length
  return [
    `seed ${result.seed} broke ${result.violations.length} promises:`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    `again: npm run simulate -- --seed ${result.seed} --trace`,
    '',
  ].join('\n')
}
