import { describe, expect, it } from 'vitest'
import { projectedKey } from '../testing/running-vault.ts'
import { frameAncestors } from './frame-ancestors.ts'

const gateway = 'https://pay.example/base'
const of = (changes: Parameters<typeof projectedKey>[1]) =>
  frameAncestors({ found: 'key', key: projectedKey('pk_test_x', changes) }, gateway)

describe('pages that may hold the card fields', () => {
  it('are those of registered origins and our own checkout', () => {
    const allowedOrigins = ['https://shop.example', 'https://other.example:8443']
    expect(of({ allowedOrigins })).toEqual(['https://pay.example', ...allowedOrigins])
    expect(of({ allowedOrigins, mode: 'live' })).toEqual(['https://pay.example', ...allowedOrigins])
  })

  it('are of the developer’s own machine in test mode, where none is registered', () => {
    expect(of({ allowedOrigins: null })).toContain('http://localhost:*')
    expect(of({ allowedOrigins: null, mode: 'live' })).toEqual(['https://pay.example'])
  })

  it('are none without a key that is known', () => {
    expect(frameAncestors({ found: 'unknown' }, gateway)).toEqual(["'none'"])
    expect(frameAncestors({ found: 'stale' }, gateway)).toEqual(["'none'"])
  })

  it.each(['https://a.example; script-src *', 'https://a.example,', "'self'", '*', 'https://*.example'])(
    'are not named by %s',
    (origin) => {
      expect(of({ allowedOrigins: [origin] })).toEqual(['https://pay.example'])
    },
  )
})
