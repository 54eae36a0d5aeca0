import type { FileRule } from './rule.ts'

const linesMax = 350

export const fileLength: FileRule = {
  name: 'file-length',
  check({ path, text }) {
    if (!/\.(ts|tsx|mjs|cjs|js)$/.test(path)) return []
    const lines = text.split('\n').length - 1
    const message = `${lines} lines, at most ${linesMax}: split it by what changes together`
    return lines > linesMax ? [{ rule: 'file-length', path, line: 0, message }] : []
  },
}
