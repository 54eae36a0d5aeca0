import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * `node bench/profile-summary.ts FOLDER`: where each process of a run with `--profile FOLDER` spent its CPU time, by room and
 * by function. Time in which the process had nothing to do is left out.
 */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] }[]
  samples: number[]
  timeDeltas: number[]
}

const shownGroups = 15
const shownFunctions = 25
/** Samples are a millisecond apart. One that stands for longer was taken late: the process was not on a processor. */
const longestSampleMicros = 1_500
const idle = new Set(['(idle)', '(root)'])

for (const file of readdirSync(folderGiven())) summarize(join(folderGiven(), file))

function folderGiven(): string {
  const folder = process.argv[2]
  if (folder === undefined) throw new Error('usage: node bench/profile-summary.ts FOLDER')
  return folder
}

function summarize(path: string): void {
  const profile: Profile = JSON.parse(readFileSync(path, 'utf8'))
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const groups = new Map<string, number>()
  const functions = new Map<string, number>()
  let busyMicros = 0
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id)
    const micros = Math.min(profile.timeDeltas[index] ?? 0, longestSampleMicros)
    if (frame === undefined || idle.has(frame.functionName)) return
    busyMicros += micros
    add(groups, groupOf(frame.functionName, frame.url), micros)
    add(functions, `${frame.functionName || '(anonymous)'} ${shortened(frame.url)}:${frame.lineNumber + 1}`, micros)
  })
  const processName = nameOf(profile)
  process.stdout.write(`\n${processName}: ${(busyMicros / 1e6).toFixed(2)} s of CPU time\n`)
  print(groups, busyMicros, shownGroups)
  process.stdout.write('  by function:\n')
  print(functions, busyMicros, shownFunctions)
}

function add(sums: Map<string, number>, key: string, micros: number): void {
  sums.set(key, (sums.get(key) ?? 0) + micros)
}

function print(sums: Map<string, number>, whole: number, count: number): void {
  const sorted = [...sums].sort(([, left], [, right]) => right - left).slice(0, count)
  for (const [key, micros] of sorted) {
    process.stdout.write(`  ${((micros / whole) * 100).toFixed(1).padStart(5)} %  ${key}\n`)
  }
}

/** The folder of ours that the process runs most tells which one it is. */
function nameOf({ nodes }: Profile): string {
  const rooms = ['gateway', 'vault', 'sandbox', 'cli', 'bootstrap']
  const urls = nodes.map((node) => node.callFrame.url)
  return rooms.find((room) => urls.some((url) => url.includes(`/${room}/src/compose.ts`))) ?? 'another process'
}

function groupOf(functionName: string, url: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native code'
  const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? []
  if (name !== undefined) return name
  if (url.startsWith('node:')) return url.replace(/^node:(internal\/)?/, 'node: ').replace(/\/.*$/, '')
  return shortened(url).split('/').slice(0, 4).join('/')
}

function shortened(url: string): string {
  return url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/(?=(?:lib|contracts|gateway|vault|sandbox|cli|node_modules)\/)/, '')
}
