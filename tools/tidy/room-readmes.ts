import type { TreeRule } from './rule.ts'

/** Folders whose direct subfolders are rooms, and folders that are rooms themselves. */
const parents = ['', 'gateway/src/', 'web/', 'sdk/', 'examples/', 'gateway/src/dialects/', 'gateway/src/connectors/']
const noRooms = new Set(['bin', 'docs', 'bootstrap', 'web', 'sdk', 'examples', 'gateway/src/dialects'])
const isHidden = (folder: string): boolean => folder.startsWith('.')

/** Each room says what it is for, what it may import and which file to read first; the last can be checked. */
export const roomReadmes: TreeRule = {
  name: 'room-readmes',
  check({ paths, read }) {
    const known = new Set(paths)
    return roomsOf(paths).flatMap((room) => {
      const path = `${room}/README.md`
      const finding = (message: string) => [{ rule: 'room-readmes', path, line: 0, message }]
      if (!known.has(path))
        return finding('is missing: what the room is for, what it may import, which file to read first')
      return namesAFile(read(path), room, known) ? [] : finding('names no file of its room to read first')
    })
  },
}

function roomsOf(paths: readonly string[]): string[] {
  const rooms = new Set<string>()
  for (const path of paths) {
    for (const parent of parents) {
      if (!path.startsWith(parent)) continue
      const rest = path.slice(parent.length)
      const folder = rest.slice(0, rest.indexOf('/'))
      if (!rest.includes('/') || isHidden(folder) || noRooms.has(parent + folder)) continue
      if (/\.(ts|tsx|mjs)$/.test(rest)) rooms.add(parent + folder)
    }
  }
  return [...rooms].sort()
}

function namesAFile(text: string, room: string, known: ReadonlySet<string>): boolean {
  const names = [...text.matchAll(/[`(]([\w./*-]+\.(?:ts|tsx|mjs|md|sql|json))[`)#]/g)].map(
    (match) => match[1] as string,
  )
  return names.some((name) => known.has(`${room}/${name.replace(/^\.\//, '')}`) || known.has(`${room}/src/${name}`))
}
