import { expect, test } from 'vitest'
import { MetricsRegistry } from './metrics.ts'

test('counters, gauges and histograms render as Prometheus text', () => {
  const registry = new MetricsRegistry()
  const forwards = registry.counter('forwards_total', 'Forwards by outcome.', ['outcome'])
  forwards.add({ outcome: 'answered' })
  forwards.add({ outcome: 'answered' }, 2)
  forwards.add({ outcome: 'unknown' })
  registry.gauge('lanes', 'Lanes.', ['kind']).set({ kind: 'hot' }, 2.5)
  const duration = registry.histogram('commit_seconds', 'Commits.', [0.01, 0.1], ['table'])
  for (const value of [0.005, 0.01, 0.05, 3]) duration.observe({ table: 'tokens' }, value)
  expect(registry.render().split('\n')).toEqual([
    '# HELP forwards_total Forwards by outcome.',
    '# TYPE forwards_total counter',
    'forwards_total{outcome="answered"} 3',
    'forwards_total{outcome="unknown"} 1',
    '# HELP lanes Lanes.',
    '# TYPE lanes gauge',
    'lanes{kind="hot"} 2.5',
    '# HELP commit_seconds Commits.',
    '# TYPE commit_seconds histogram',
    'commit_seconds_bucket{table="tokens",le="0.01"} 2',
    'commit_seconds_bucket{table="tokens",le="0.1"} 3',
    'commit_seconds_bucket{table="tokens",le="+Inf"} 4',
    'commit_seconds_sum{table="tokens"} 3.065',
    'commit_seconds_count{table="tokens"} 4',
    '',
  ])
})

test('a counter without labels is there from the start, at zero', () => {
  const registry = new MetricsRegistry()
  const counter = registry.counter('boots_total', 'Boots.')
  expect(registry.render()).toContain('\nboots_total 0\n')
  counter.add()
  counter.add({}, 4)
  expect(registry.render()).toContain('\nboots_total 5\n')
})

test('a collected gauge shows the value of the moment it is rendered', () => {
  const registry = new MetricsRegistry()
  let queued = 3
  registry.gauge('queued', 'Rows.', [], () => queued)
  registry.gauge('queued_by_lane', 'Rows.', ['lane'], (gauge) => gauge.set({ lane: 'a' }, queued * 2))
  expect(registry.render()).toContain('\nqueued 3\n')
  queued = 4
  expect(registry.render()).toContain('\nqueued 4\n')
  expect(registry.render()).toContain('\nqueued_by_lane{lane="a"} 8\n')
})

test('label values from outside cannot break out of their quotes nor add a line', () => {
  const registry = new MetricsRegistry()
  registry.counter('odd_total', 'Two\nlines.', ['name']).add({ name: 'a"} 9\nboots_total 1\\' })
  expect(registry.render().split('\n')).toEqual([
    '# HELP odd_total Two\\nlines.',
    '# TYPE odd_total counter',
    'odd_total{name="a\\"} 9\\nboots_total 1\\\\"} 1',
    '',
  ])
})

test('endless label values are counted together past the bound, and nothing is lost', () => {
  const registry = new MetricsRegistry()
  const counter = registry.counter('requests_total', 'Requests.', ['path'])
  for (let index = 0; index < 5_000; index++) counter.add({ path: `/${index}` })
  counter.add({ path: '/3' })
  const lines = registry
    .render()
    .split('\n')
    .filter((line) => line.startsWith('requests_total{'))
  expect(lines.length).toBeLessThan(1_000)
  expect(lines).toContain('requests_total{path="/3"} 2')
  expect(lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(5_001)
})

test('a name twice, a malformed name, descending buckets and a counter going down are refused', () => {
  const registry = new MetricsRegistry()
  const counter = registry.counter('once_total', 'Once.')
  expect(() => registry.gauge('once_total', 'Twice.')).toThrow('exists already')
  expect(() => registry.counter('bad-name', 'Bad.')).toThrow('not a metric name')
  expect(() => registry.histogram('down', 'Down.', [2, 1])).toThrow('ascend')
  expect(() => counter.add({}, -1)).toThrow('cannot go down')
})
