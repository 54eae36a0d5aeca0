import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('..', import.meta.url))
export const judgesFolder = fileURLToPath(new URL('judges', import.meta.url))

/** The commit that is looked at, with a mark when files differ from it; what certifying itself wrote down is no difference. */
export function commitOf(folder = repository): string {
  const git = (...words: string[]) => execFileSync('git', words, { cwd: folder, encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!certify/data')
    return git('rev-parse', '--short=12', 'HEAD') + (changed === '' ? '' : '+changes')
  } catch {
    return 'unknown'
  }
}
