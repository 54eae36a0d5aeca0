import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Installed, generated at run time, or not ours to read. */
const ignoredFolders = new Set(['node_modules', 'dist', '.git', '.runtime', '.tessera', 'artifacts'])

/** Every file of the repository, sorted, relative to `root`, with `/` between folders. */
export function listFiles(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return ignoredFolders.has(entry.name) ? [] : listFiles(root, path)
      return entry.isFile() ? [path] : []
    })
    .sort()
}
