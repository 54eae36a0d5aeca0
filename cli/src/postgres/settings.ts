export interface ClusterSettings {
  port: number
  majorVersion: number
  /** False only for throw-away clusters of tests: commits then do not wait for the disk. */
  durable: boolean
  maxConnections: number
}

/**
 * The whole `postgresql.conf`. Memory is kept small, durability is never traded. What the server itself has to say is
 * logged, the errors of statements are not: their texts quote values, and no value belongs in a log (PCI DSS 3.3).
 */
export function configurationText(settings: ClusterSettings): string {
  const durable = settings.durable ? 'on' : 'off'
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port: settings.port,
    unix_socket_directories: '',
    max_connections: settings.maxConnections,
    password_encryption: 'scram-sha-256',
    fsync: durable,
    synchronous_commit: durable,
    full_page_writes: durable,
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '1GB',
    min_wal_size: '80MB',
    shared_buffers: '32MB',
    work_mem: '4MB',
    maintenance_work_mem: '32MB',
    jit: 'off',
    max_worker_processes: 2,
    max_logical_replication_workers: 0,
    max_parallel_workers: 0,
    max_parallel_workers_per_gather: 0,
    autovacuum: 'on',
    autovacuum_max_workers: 2,
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    log_line_prefix: '%m [%p] ',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
  }
  // From 18 on, three I/O workers would run by default; a database of this size does not need them.
  if (settings.majorVersion >= 18) values.io_method = 'sync'
  return Object.entries(values)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join('')
}

export const accessText = 'host all all 127.0.0.1/32 scram-sha-256\n'
