-- Ordinary tables: keys, saved cards, proofs.

create table root_key_checks (
  purpose text primary key,
  sealed bytea not null,
  created_at_ms bigint not null
);

create table instance_keys (
  purpose text not null,
  version integer not null,
  wrapped bytea not null,
  created_at_ms bigint not null,
  primary key (purpose, version)
);

create table merchant_keys (
  merchant_id text not null,
  mode text not null check (mode in ('test', 'live')),
  purpose text not null check (purpose in ('card', 'fingerprint')),
  version integer not null,
  wrapped bytea not null,
  created_at_ms bigint not null,
  primary key (merchant_id, mode, purpose, version)
);

-- One random id per card number and merchant; the keyed hash itself never leaves this table.
create table card_fingerprints (
  merchant_id text not null,
  mode text not null check (mode in ('test', 'live')),
  key_version integer not null,
  mac bytea not null,
  fingerprint_id text not null,
  created_at_ms bigint not null,
  primary key (merchant_id, mode, key_version, mac)
);

create table cards (
  merchant_id text not null,
  mode text not null check (mode in ('test', 'live')),
  card_id text not null,
  state text not null check (state in ('provisional', 'active', 'erased')),
  sealed_number bytea,
  wrapped_key bytea,
  bin text not null,
  last4 text not null,
  brand text not null,
  exp_month smallint not null,
  exp_year smallint not null,
  cardholder_name text,
  fingerprint_id text not null,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  primary key (merchant_id, mode, card_id),
  check ((state = 'erased') = (sealed_number is null)),
  check ((sealed_number is null) = (wrapped_key is null))
);

-- Who inserts a step first decides: sent at most once, or never. In the WAL, so that a crash forgets neither.
create table step_marks (
  merchant_id text not null,
  mode text not null check (mode in ('test', 'live')),
  step_id text not null,
  state text not null check (state in ('sent', 'fenced')),
  marked_at_ms bigint not null,
  primary key (merchant_id, mode, step_id)
);
create index step_marks_by_age on step_marks (marked_at_ms);

-- Uses of cards, chained: `previous` authenticates the batch before it in the same chain.
create table audit_log (
  merchant_id text not null,
  chain_id text not null,
  sequence bigint not null,
  position integer not null,
  mode text not null,
  action text not null,
  subject_id text not null,
  step_id text,
  destination text,
  at_ms bigint not null,
  previous bytea not null,
  mac bytea not null,
  primary key (merchant_id, chain_id, sequence, position)
);

-- UNLOGGED tables: never in the WAL, never in a backup, empty after a crash of the database.

create unlogged table epoch_keys (
  purpose text not null check (purpose in ('number', 'cvc')),
  version integer not null,
  wrapped bytea not null,
  created_at_ms bigint not null,
  primary key (purpose, version)
);

create unlogged table tokens (
  merchant_id text not null,
  mode text not null check (mode in ('test', 'live')),
  token text not null,
  sealed_number bytea,
  bin text not null,
  last4 text not null,
  brand text not null,
  exp_month smallint not null,
  exp_year smallint not null,
  cardholder_name text,
  claimed_by text,
  created_at_ms bigint not null,
  expires_at_ms bigint not null,
  primary key (merchant_id, mode, token)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create index tokens_by_expiry on tokens (expires_at_ms);

create unlogged table cvcs (
  merchant_id text not null,
  mode text not null,
  token text not null,
  sealed bytea not null,
  primary key (merchant_id, mode, token)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

create unlogged table holds (
  merchant_id text not null,
  mode text not null check (mode in ('test', 'live')),
  attempt_id text not null,
  token text,
  card_id text,
  expires_at_ms bigint not null,
  primary key (merchant_id, mode, attempt_id),
  check ((token is null) <> (card_id is null))
) with (autovacuum_vacuum_scale_factor = 0.05);
create index holds_by_expiry on holds (expires_at_ms);

create unlogged table permits (
  merchant_id text not null,
  mode text not null,
  attempt_id text not null,
  claimed_at_ms bigint not null,
  primary key (merchant_id, mode, attempt_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index permits_by_age on permits (claimed_at_ms);
