import { describe, expect, test } from 'vitest'
import { lockFile, productionPackages } from './lock-file.ts'

const check = (files: Record<string, object>): string[] =>
  lockFile
    .check({ paths: Object.keys(files), read: (path) => JSON.stringify(files[path]) })
    .map(({ path, message }) => `${path} ${message}`)

describe('the lock file', () => {
  test('a recorded address is found', () => {
    const address = ['https:', '', 'registry.example', 'pg.tgz'].join('/')
    const found = check({ 'package-lock.json': { packages: { 'node_modules/pg': { resolved: address } } } })
    expect(found).toEqual([expect.stringContaining('node_modules/pg has a resolved address')])
  })

  test('the link of a workspace is not an address', () => {
    expect(
      check({ 'package-lock.json': { packages: { 'node_modules/@tessera/lib': { resolved: 'lib', link: true } } } }),
    ).toEqual([])
  })

  test('a dependency that is no published version is found in any workspace', () => {
    const files = {
      'package-lock.json': { packages: {} },
      'vault/package.json': {
        dependencies: { pg: '8.0.0', fork: 'github:someone/fork', native: 'npm:@scope/native@7.0.0' },
        devDependencies: { local: 'file:../local' },
      },
    }
    expect(check(files).map((line) => line.split(' comes')[0])).toEqual([
      'vault/package.json fork',
      'vault/package.json local',
    ])
  })

  test('a vault with fifteen packages is refused and names them', () => {
    const names = Array.from({ length: 15 }, (_, index) => `p${index}`)
    const packages = {
      vault: { dependencies: Object.fromEntries(names.map((name) => [name, '1'])) },
      ...Object.fromEntries(names.map((name) => [`node_modules/${name}`, {}])),
    }
    expect(check({ 'package-lock.json': { packages } })).toEqual([
      expect.stringMatching(/15 packages.*at most 14: .*p14/),
    ])
  })
})

describe('production packages', () => {
  test('follow links to workspaces, prefer the nearest version, and leave development out', () => {
    const locked = {
      vault: { dependencies: { '@tessera/lib': '0', pg: '8' }, devDependencies: { vitest: '5' } },
      'node_modules/@tessera/lib': { resolved: 'lib', link: true },
      lib: { dependencies: { tiny: '1' } },
      'node_modules/tiny': {},
      'node_modules/pg': { dependencies: { types: '2' } },
      'node_modules/pg/node_modules/types': {},
      'node_modules/types': {},
      'node_modules/vitest': {},
    }
    expect(productionPackages(locked, 'vault')).toEqual([
      'node_modules/pg',
      'node_modules/pg/node_modules/types',
      'node_modules/tiny',
    ])
  })
})
