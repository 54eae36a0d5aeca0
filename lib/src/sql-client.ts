/** What a room that owns a driver hands in; its own client fits. */
export interface SqlClient {
  // biome-ignore lint/suspicious/noExplicitAny: rows have the shape that the statement gives them.
  query(text: string, values?: unknown[]): Promise<{ rows: any[]; rowCount: number | null }>
}
