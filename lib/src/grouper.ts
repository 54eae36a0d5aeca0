export interface Grouper<Row> {
  add(row: Row): void
}

/** Hands on together what is added within one turn of the event loop, at most `max` at a time. Adds no waiting of its own. */
export function createGrouper<Row>(options: { max: number; write(rows: Row[]): void }): Grouper<Row> {
  let rows: Row[] = []
  function flush(): void {
    const group = rows
    rows = []
    for (let start = 0; start < group.length; start += options.max) {
      options.write(group.slice(start, start + options.max))
    }
  }
  return {
    add(row) {
      if (rows.length === 0) setImmediate(flush)
      rows.push(row)
    },
  }
}
