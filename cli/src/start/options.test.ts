import { describe, expect, test } from 'vitest'
import { OptionRefused, readStartOptions } from './options.ts'

describe('the options of start', () => {
  test('have the documented defaults', () => {
    expect(readStartOptions({}, [], {})).toEqual({
      gatewayPort: 8080,
      vaultPort: 8081,
      metricsPort: 9090,
      dataDirectory: '.tessera',
      separateWorker: false,
    })
  })

  test('take any free ports for all when the gateway takes any', () => {
    expect(readStartOptions({ port: '0' }, [], {})).toMatchObject({ gatewayPort: 0, vaultPort: 0, metricsPort: 0 })
    expect(readStartOptions({ port: '0', vaultPort: '9000' }, [], {})).toMatchObject({
      vaultPort: 9000,
      metricsPort: 0,
    })
    expect(readStartOptions({ port: '9000' }, [], {})).toMatchObject({ vaultPort: 8081, metricsPort: 9090 })
  })

  test.each(['-1', '65536', '80a', '', ' 80', '1e3'])('refuse %j as a port', (port) => {
    expect(() => readStartOptions({ port }, [], {})).toThrow(OptionRefused)
  })

  test.each([
    [['0'], { npm_lifecycle_event: 'start' }],
    [[], { npm_lifecycle_event: 'start', npm_config_port: '0' }],
    [[], { npm_lifecycle_event: 'start', npm_config_data_dir: 'x' }],
  ])('show the right spelling where npm kept them: %j %j', (rest, environment) => {
    expect(() => readStartOptions({}, rest, environment)).toThrow('npm start -- --port 0')
  })
})
