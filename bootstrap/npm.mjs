import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'

export class InstallFailed extends Error {}

/**
 * What an outer npm hands down and a nested one must keep: how to reach the registry. The rest (log level, dry run,
 * workspace, prefix, …) was meant for the outer call.
 */
const kept = new Set(
  [
    'registry',
    'cache',
    'userconfig',
    'globalconfig',
    'proxy',
    'https_proxy',
    'noproxy',
    'cafile',
    'ca',
    'strict_ssl',
    'offline',
    'prefer_offline',
  ].map((name) => `npm_config_${name}`),
)

/** npm as [file, argument…]: the one that runs us, else the one beside node, else the first in PATH. */
export function npmCommand(environment = process.env) {
  const outer = environment.npm_execpath
  if (outer !== undefined && basename(outer) === 'npm-cli.js' && existsSync(outer)) return [process.execPath, outer]
  const beside = join(dirname(dirname(process.execPath)), 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')
  if (existsSync(beside)) return [process.execPath, beside]
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    const found = join(folder, 'npm')
    if (!existsSync(found)) continue
    const real = realpathSync(found)
    return real.endsWith('.js') ? [process.execPath, real] : [found]
  }
  throw new InstallFailed('npm was not found. Tessera needs it once, to install its dependencies.')
}

/** Runs npm and shows what it said if it fails, whatever log level the outer npm had. */
export function runNpm(npm, args, { cwd, signal, environment = process.env }) {
  const [file, ...first] = npm
  const flags = ['--loglevel', 'error', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress']
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...first, ...args, ...flags], {
      cwd,
      env: nestedEnvironment(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    child.stdout.on('data', (chunk) => (said += chunk))
    child.stderr.on('data', (chunk) => (said += chunk))
    const stop = () => child.kill('SIGTERM')
    signal?.addEventListener('abort', stop)
    child.once('error', (error) => reject(new InstallFailed(`npm cannot be run: ${error.message}`)))
    child.once('close', (code) => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted) reject(new InstallFailed('interrupted'))
      else if (code === 0) resolve()
      else reject(new InstallFailed(`npm ${args[0]} failed (exit code ${code}):\n${said.trim()}`))
    })
  })
}

export function nestedEnvironment(environment) {
  const passed = Object.entries(environment).filter(([name]) => !/^npm_/i.test(name) || kept.has(name.toLowerCase()))
  return Object.fromEntries(passed)
}
