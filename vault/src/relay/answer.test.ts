import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAnswer } from './answer.ts'

const read = (text: string) => readAnswer(Buffer.from(text, 'latin1'))
const wholeOf = (text: string) => {
  const reading = read(text)
  if (reading.is !== 'whole') throw new Error(`${reading.is}: ${text}`)
  return { ...reading.answer, body: String(reading.answer.body), length: reading.length }
}

describe('an answer', () => {
  it('with a length is whole when that much has come', () => {
    const text = 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-length:  7 \r\n\r\n{"a":1}'
    const headers = { 'content-type': 'application/json', 'content-length': '7' }
    expect(wholeOf(`${text}rest`)).toEqual({ status: 201, headers, body: '{"a":1}', length: text.length })
    expect(read(text.slice(0, -1))).toEqual({ is: 'incomplete' })
  })

  it('in chunks is put together', () => {
    const text = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{"a\r\n4;x=y\r\n":1}\r\n0\r\nx: y\r\n\r\n'
    expect(wholeOf(text)).toMatchObject({ status: 200, body: '{"a":1}', length: text.length })
  })

  it('comes after informational ones', () => {
    const text =
      'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'
    expect(wholeOf(text)).toMatchObject({ status: 204, body: '', length: text.length })
  })

  it('without a length ends with its connection', () => {
    expect(read('HTTP/1.0 200 OK\r\nserver: x\r\n\r\n{}')).toMatchObject({ is: 'open', status: 200, bodyStart: 30 })
  })

  it('is not whole at any place before its end', () => {
    const bodies = [
      'content-length: 7\r\n\r\n{"a":1}',
      'transfer-encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n',
    ].map((body) => `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n${body}`)
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.nat(1_000), (text, cut) => {
        expect(read(text.slice(0, cut % text.length)).is).toBe('incomplete')
      }),
    )
  })

  it.each([
    'hello\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 1, 2\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n',
    `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}`,
  ])('is none: %j', (text) => {
    expect(read(text)).toEqual({ is: 'garbled' })
  })
})
