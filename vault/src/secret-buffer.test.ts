import { describe, expect, it } from 'vitest'
import { secretBuffer } from './secret-buffer.ts'

/** `v8_typed_array_max_size_in_heap`, as Node builds V8. */
const keptInHeapBytes = 64

describe('memory for secrets', () => {
  it.each([0, 3, 4, 16, 19, 64, 65, 1_000])(
    'of %i bytes is zeroed, and too large for the garbage-collected heap',
    (length) => {
      const bytes = secretBuffer(length)
      expect(bytes.length).toBe(length)
      expect(bytes.buffer.byteLength).toBeGreaterThan(keptInHeapBytes)
      expect(bytes.every((byte) => byte === 0)).toBe(true)
    },
  )

  it('is not cut from a pool, where another buffer would lie beside it', () => {
    expect(secretBuffer(16).buffer).not.toBe(secretBuffer(16).buffer)
  })
})
