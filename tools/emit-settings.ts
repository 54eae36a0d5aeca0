import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ConfigSchema, describeConfig } from '@tessera/lib/config'
import { gatewayConfigSchema } from '../gateway/src/config.ts'
import { sandboxConfig } from '../sandbox/src/config.ts'
import { vaultConfigSchema } from '../vault/src/config.ts'

/**
 * Writes the page of settings from the schemas that the processes read their environment with. With `--check` it writes
 * nothing and ends with 1 where the page is stale.
 *
 *   node tools/emit-settings.ts [--check]
 */
const page = new URL('../docs/operating/settings.md', import.meta.url)
const repository = fileURLToPath(new URL('..', import.meta.url))

const processes: readonly (readonly [title: string, schema: ConfigSchema])[] = [
  ['Gateway and worker', gatewayConfigSchema],
  ['Vault', vaultConfigSchema],
  ['Sandbox', sandboxConfig],
]

const introduction = `# Settings

Written by \`node tools/emit-settings.ts\` from what the processes read; do not edit.

Settings are environment variables. An empty one counts as unset. A process that is given a value it cannot use, or a \`TESSERA_\`
variable that it does not know, names all such problems at once and ends with code 78. \`tessera start\` chooses addresses and
keys itself and takes options instead: \`npm start -- --help\`.
`

const section = ([title, schema]: (typeof processes)[number]): string => `## ${title}\n\n${describeConfig(schema)}`
// A default may be a path below the repository, wherever that lies.
const text = [introduction, ...processes.map(section)].join('\n').replaceAll(repository, '')

if (!process.argv.includes('--check')) {
  writeFileSync(page, text)
} else if (readFileSync(page, 'utf8') !== text) {
  process.stdout.write('docs/operating/settings.md is stale: run node tools/emit-settings.ts\n')
  process.exitCode = 1
}
