/** Metrics in the Prometheus text format, version 0.0.4. */

export type Labels = Readonly<Record<string, string>>

export interface Counter {
  /** `n` is 1 when absent, and never negative. */
  add(labels?: Labels, n?: number): void
}

export interface Gauge {
  set(labels: Labels, value: number): void
}

export interface Histogram {
  observe(labels: Labels, value: number): void
}

/** Each further set of label values costs memory for ever; those past the bound are counted together. */
const seriesMax = 500
const overflowValue = '(other)'

interface Metric {
  readonly name: string
  render(): string[]
}

export class MetricsRegistry {
  readonly #metrics = new Map<string, Metric>()

  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    const series = new Series<{ value: number }>(labelNames, () => ({ value: 0 }))
    if (labelNames.length === 0) series.at({})
    this.#register({
      name,
      render: () => [...heading(name, help, 'counter'), ...series.lines(name, (cell) => cell.value)],
    })
    return {
      add(labels = {}, n = 1) {
        if (n < 0) throw new RangeError(`the counter ${name} cannot go down`)
        series.at(labels).value += n
      },
    }
  }

  /** `collect` runs before each rendering: it may set values, or return the value of a gauge without labels. */
  gauge(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    // biome-ignore lint/suspicious/noConfusingVoidType: a collector that only sets values returns nothing.
    collect?: (gauge: Gauge) => number | void,
  ): Gauge {
    const series = new Series<{ value: number }>(labelNames, () => ({ value: 0 }))
    const gauge: Gauge = {
      set(labels, value) {
        series.at(labels).value = value
      },
    }
    this.#register({
      name,
      render() {
        const value = collect?.(gauge)
        if (typeof value === 'number') gauge.set({}, value)
        return [...heading(name, help, 'gauge'), ...series.lines(name, (cell) => cell.value)]
      },
    })
    return gauge
  }

  /** `buckets` are ascending upper bounds; the infinite one is added. */
  histogram(name: string, help: string, buckets: readonly number[], labelNames: readonly string[] = []): Histogram {
    if (buckets.some((bound, index) => index > 0 && bound <= (buckets[index - 1] as number))) {
      throw new RangeError(`the buckets of ${name} must ascend`)
    }
    const series = new Series<Distribution>(labelNames, () => ({
      counts: new Array<number>(buckets.length + 1).fill(0),
      sum: 0,
    }))
    this.#register({
      name,
      render: () => [...heading(name, help, 'histogram'), ...distributionLines(name, buckets, series)],
    })
    return {
      observe(labels, value) {
        const distribution = series.at(labels)
        let bucket = 0
        while (bucket < buckets.length && value > (buckets[bucket] as number)) bucket++
        distribution.counts[bucket] = (distribution.counts[bucket] as number) + 1
        distribution.sum += value
      },
    }
  }

  render(): string {
    const lines = [...this.#metrics.values()].flatMap((metric) => metric.render())
    return `${lines.join('\n')}\n`
  }

  #register(metric: Metric): void {
    if (!/^[a-z_][a-z0-9_]*$/.test(metric.name)) throw new Error(`${metric.name} is not a metric name`)
    if (this.#metrics.has(metric.name)) throw new Error(`the metric ${metric.name} exists already`)
    this.#metrics.set(metric.name, metric)
  }
}

interface Distribution {
  counts: number[]
  sum: number
}

/** One cell per set of label values. */
class Series<Cell> {
  readonly #labelNames: readonly string[]
  readonly #create: () => Cell
  readonly #cells = new Map<string, { labels: string; cell: Cell }>()

  constructor(labelNames: readonly string[], create: () => Cell) {
    this.#labelNames = labelNames
    this.#create = create
  }

  at(labels: Labels): Cell {
    const values = this.#labelNames.map((name) => labels[name] ?? '')
    const key = values.join('\u0000')
    const found = this.#cells.get(key)
    if (found !== undefined) return found.cell
    if (this.#cells.size >= seriesMax && values.some((value) => value !== overflowValue)) {
      return this.at(Object.fromEntries(this.#labelNames.map((name) => [name, overflowValue])))
    }
    const cell = this.#create()
    const pairs = this.#labelNames.map((name, index) => `${name}="${escapeLabel(values[index] as string)}"`)
    this.#cells.set(key, { labels: pairs.join(','), cell })
    return cell
  }

  lines(name: string, read: (cell: Cell) => number): string[] {
    return this.entries().map(({ labels, cell }) => line(name, labels, read(cell)))
  }

  entries(): { labels: string; cell: Cell }[] {
    return [...this.#cells.values()]
  }
}

function distributionLines(name: string, buckets: readonly number[], series: Series<Distribution>): string[] {
  return series.entries().flatMap(({ labels, cell }) => {
    const lead = labels === '' ? '' : `${labels},`
    let below = 0
    const lines = cell.counts.map((count, index) => {
      below += count
      const bound = index < buckets.length ? String(buckets[index]) : '+Inf'
      return line(`${name}_bucket`, `${lead}le="${bound}"`, below)
    })
    return [...lines, line(`${name}_sum`, labels, cell.sum), line(`${name}_count`, labels, below)]
  })
}

function heading(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`]
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${valueText(value)}`
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
