import type { ProcessName } from '../harness/product.ts'
import type { Disagreement } from './agreement/disagreement.ts'
import { type Kill, targets } from './killer.ts'

/** Per process: how often it was killed, how many payments were in flight then, and how many of those agree in all books. */
export function killTable(kills: Kill[], disagreements: Record<string, Disagreement[]>): string {
  const wrong = new Set(Object.values(disagreements).flatMap((each) => each.map(({ order }) => order)))
  const rows = targets.map((target) => rowOf(target, kills, wrong))
  const head = ['process', 'killed', 'in flight (least)', 'survived/tried', 'recovered in (worst)']
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] as string).length)),
  )
  const line = (cells: string[]) => cells.map((cell, column) => cell.padEnd(widths[column] as number)).join('  ')
  return [line(head), ...rows.map(line)].join('\n')
}

function rowOf(target: ProcessName, kills: Kill[], wrong: ReadonlySet<string | null>): string[] {
  const own = kills.filter((kill) => kill.targets.includes(target))
  const tried = own.flatMap((kill) => kill.inFlight)
  const survived = tried.filter((order) => !wrong.has(order.name))
  return [
    target,
    String(own.length),
    own.length === 0 ? '-' : String(Math.min(...own.map((kill) => kill.inFlight.length))),
    `${survived.length}/${tried.length}`,
    own.length === 0 ? '-' : `${Math.max(...own.map((kill) => kill.recoveredAfterMs))} ms`,
  ]
}
