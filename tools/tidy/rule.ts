import type { Source } from './source.ts'

export interface Finding {
  rule: string
  /** Relative to the repository. */
  path: string
  /** 0: the file as a whole. */
  line: number
  /** What is wrong and what to do instead. */
  message: string
}

/** Looks at one file. `source` is there for TypeScript and JavaScript. */
export interface FileRule {
  name: string
  check(file: { path: string; text: string; source: Source | null }): Finding[]
}

/** Looks at the repository as a whole. */
export interface TreeRule {
  name: string
  check(tree: { paths: readonly string[]; read(path: string): string }): Finding[]
}

/** Tests, and what stands in `testing/` for several of them. */
export const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.includes('/testing/')

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

/** One finding per match, at its line. */
export function findMatches(
  rule: string,
  path: string,
  text: string,
  pattern: RegExp,
  message: (match: string) => string,
): Finding[] {
  return [...text.matchAll(pattern)].map((match) => ({
    rule,
    path,
    line: lineAt(text, match.index),
    message: message(match[0].trim()),
  }))
}
