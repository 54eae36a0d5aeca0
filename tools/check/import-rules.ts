import { listFiles } from '../tidy/source-tree.ts'
import { type Cruise, cruise, repository, type Violation } from './dependency-cruise.ts'
import { plantedFiles, plantedRooms, withPlantedRepository } from './planted-imports.ts'

/**
 * The import rules of `.dependency-cruiser.cjs`, and the proof that they bite: every source file was read, and in a small
 * repository with planted violations exactly those were found.
 */
const leastModules = 300

if (import.meta.main) {
  const faults = [...(await checkRepository()), ...(await checkPlantedViolations())]
  process.stdout.write(faults.map((fault) => `${fault}\n`).join(''))
  process.exitCode = faults.length > 0 ? 1 : 0
}

async function checkRepository(): Promise<string[]> {
  const sources = listFiles(repository).filter((path) => /\/.*\.(ts|tsx|mjs)$/.test(path))
  const rooms = [...new Set(sources.map((path) => path.slice(0, path.indexOf('/'))))]
  const found = await cruise(repository, rooms)
  return [...unreadFiles(found, sources), ...found.violations.map(describe)]
}

/** dependency-cruiser without a TypeScript that it knows sees no modules at all and reports success. */
export function unreadFiles(found: Cruise, sources: readonly string[], least = leastModules): string[] {
  const read = new Set(found.modules)
  const unread = sources.filter((path) => !read.has(path)).map((path) => `${path} was not read by dependency-cruiser`)
  if (sources.length >= least) return unread
  return [...unread, `only ${sources.length} source files were found, at least ${least} must be there`]
}

async function checkPlantedViolations(): Promise<string[]> {
  return plantedFaults(await withPlantedRepository((folder) => cruise(folder, plantedRooms)))
}

/** What the cruise of the planted repository has missed or found without reason, and rules that nothing was planted for. */
export function plantedFaults(found: Cruise): string[] {
  const tried = new Set(plantedFiles.flatMap(({ breaks }) => breaks))
  const expected = new Set(plantedFiles.flatMap(({ path, breaks }) => breaks.map((rule) => `${path} breaks ${rule}`)))
  const reported = new Set(found.violations.map(({ from, rule }) => `${from} breaks ${rule}`))
  return [
    ...found.rules.filter((rule) => !tried.has(rule)).map((rule) => `no violation is planted for the rule ${rule}`),
    ...[...expected].filter((fault) => !reported.has(fault)).map((fault) => `planted, but not found: ${fault}`),
    ...[...reported].filter((fault) => !expected.has(fault)).map((fault) => `found, but not planted: ${fault}`),
  ]
}

function describe({ rule, comment, from, to, circle }: Violation): string {
  const path = circle.length > 0 ? [from, ...circle].join(' → ') : `${from} → ${to}`
  return `${path}\n    ${rule}: ${comment}`
}
