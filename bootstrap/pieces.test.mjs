import { expect, test } from 'vitest'
import { nestedEnvironment, npmCommand } from './npm.mjs'
import { isUsable } from './private-node.mjs'

test.each([
  ['v20.11.0', false],
  ['v22.20.0', false],
  ['v24.2.0', false],
  ['v24.3.0', true],
  ['v24.21.0', true],
  ['v25.0.0', true],
  ['', false],
])('Node %s is usable: %s', (version, usable) => {
  expect(isUsable(version)).toBe(usable)
})

test('a nested npm keeps the way to the registry and nothing else of the outer call', () => {
  const nested = nestedEnvironment({
    PATH: '/bin',
    npm_config_registry: 'https://example.test',
    npm_config_loglevel: 'silent',
    npm_config_dry_run: 'true',
    npm_lifecycle_event: 'start',
    npm_config_port: '0',
  })
  expect(nested).toEqual({ PATH: '/bin', npm_config_registry: 'https://example.test' })
})

test('npm is found without an outer npm', () => {
  expect(npmCommand({ PATH: process.env.PATH }).at(-1)).toMatch(/npm(-cli\.js)?$/)
})

test('another package manager that runs the script is not mistaken for npm', () => {
  const command = npmCommand({ PATH: process.env.PATH, npm_execpath: '/usr/lib/node_modules/pnpm/bin/pnpm.cjs' })
  expect(command.at(-1)).not.toContain('pnpm')
})
