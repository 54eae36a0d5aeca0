-- The vault's database after all migrations. Written by `node tools/emit-schema.ts`, for reading only.

create table audit_log (
  merchant_id text not null,
  chain_id text not null,
  sequence bigint not null,
  "position" integer not null,
  mode text not null,
  action text not null,
  subject_id text not null,
  step_id text,
  destination text,
  at_ms bigint not null,
  previous bytea not null,
  mac bytea not null,
  constraint audit_log_pkey PRIMARY KEY (merchant_id, chain_id, sequence, "position")
);

create table card_fingerprints (
  merchant_id text not null,
  mode text not null,
  key_version integer not null,
  mac bytea not null,
  fingerprint_id text not null,
  created_at_ms bigint not null,
  constraint card_fingerprints_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint card_fingerprints_pkey PRIMARY KEY (merchant_id, mode, key_version, mac)
);

create table cards (
  merchant_id text not null,
  mode text not null,
  card_id text not null,
  state text not null,
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
  constraint cards_check CHECK ((state = 'erased'::text) = (sealed_number IS NULL)),
  constraint cards_check1 CHECK ((sealed_number IS NULL) = (wrapped_key IS NULL)),
  constraint cards_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint cards_pkey PRIMARY KEY (merchant_id, mode, card_id),
  constraint cards_state_check CHECK (state = ANY (ARRAY['provisional'::text, 'active'::text, 'erased'::text]))
);

create unlogged table cvcs (
  merchant_id text not null,
  mode text not null,
  token text not null,
  sealed bytea not null,
  constraint cvcs_pkey PRIMARY KEY (merchant_id, mode, token)
);

create unlogged table epoch_keys (
  purpose text not null,
  version integer not null,
  wrapped bytea not null,
  created_at_ms bigint not null,
  constraint epoch_keys_pkey PRIMARY KEY (purpose, version),
  constraint epoch_keys_purpose_check CHECK (purpose = ANY (ARRAY['number'::text, 'cvc'::text]))
);

create unlogged table holds (
  merchant_id text not null,
  mode text not null,
  attempt_id text not null,
  token text,
  card_id text,
  expires_at_ms bigint not null,
  constraint holds_check CHECK ((token IS NULL) <> (card_id IS NULL)),
  constraint holds_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint holds_pkey PRIMARY KEY (merchant_id, mode, attempt_id)
);
create index holds_by_expiry on holds using btree (expires_at_ms);

create table instance_keys (
  purpose text not null,
  version integer not null,
  wrapped bytea not null,
  created_at_ms bigint not null,
  constraint instance_keys_pkey PRIMARY KEY (purpose, version)
);

create table merchant_keys (
  merchant_id text not null,
  mode text not null,
  purpose text not null,
  version integer not null,
  wrapped bytea not null,
  created_at_ms bigint not null,
  constraint merchant_keys_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint merchant_keys_pkey PRIMARY KEY (merchant_id, mode, purpose, version),
  constraint merchant_keys_purpose_check CHECK (purpose = ANY (ARRAY['card'::text, 'fingerprint'::text]))
);

create unlogged table permits (
  merchant_id text not null,
  mode text not null,
  attempt_id text not null,
  claimed_at_ms bigint not null,
  constraint permits_pkey PRIMARY KEY (merchant_id, mode, attempt_id)
);
create index permits_by_age on permits using btree (claimed_at_ms);

create table root_key_checks (
  purpose text not null,
  sealed bytea not null,
  created_at_ms bigint not null,
  constraint root_key_checks_pkey PRIMARY KEY (purpose)
);

create table step_marks (
  merchant_id text not null,
  mode text not null,
  step_id text not null,
  state text not null,
  marked_at_ms bigint not null,
  constraint step_marks_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint step_marks_pkey PRIMARY KEY (merchant_id, mode, step_id),
  constraint step_marks_state_check CHECK (state = ANY (ARRAY['sent'::text, 'fenced'::text]))
);
create index step_marks_by_age on step_marks using btree (marked_at_ms);

create unlogged table tokens (
  merchant_id text not null,
  mode text not null,
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
  constraint tokens_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint tokens_pkey PRIMARY KEY (merchant_id, mode, token)
);
create index tokens_by_expiry on tokens using btree (expires_at_ms);
