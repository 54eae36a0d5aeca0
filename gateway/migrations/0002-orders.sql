-- Orders with tax, confirmation by the merchant, settlement and disputes. What is new in payments and operations is null, or has
-- a default, wherever it is not used; constraints are NOT VALID where the rows from before cannot break them.

ALTER TABLE merchants ADD COLUMN tax_settings jsonb;

ALTER TABLE payments
  -- Items, prices and tax: only ever read whole, as all json below.
  ADD COLUMN order_details json,
  ADD COLUMN confirmation text NOT NULL DEFAULT 'automatic' CHECK (confirmation IN ('automatic', 'manual')),
  -- The card that is claimed for an attempt which is not recorded yet.
  ADD COLUMN held jsonb,
  ADD COLUMN failure_url text,
  ADD COLUMN checkout json,
  ADD COLUMN dispute json,
  -- Null in payments from before this column: their timeline follows from their state.
  ADD COLUMN timeline json,
  ADD COLUMN settled_minor bigint NOT NULL DEFAULT 0 CHECK (settled_minor >= 0),
  ADD COLUMN paid_out_minor bigint NOT NULL DEFAULT 0 CHECK (paid_out_minor >= 0),
  ADD COLUMN disputed_minor bigint NOT NULL DEFAULT 0 CHECK (disputed_minor >= 0),
  -- Null in payments from before this column: all their events were public.
  ADD COLUMN last_public_sequence integer;
ALTER TABLE payments
  ADD CONSTRAINT payments_after_capture CHECK (captured_minor >= refunded_minor + refunding_minor + disputed_minor) NOT VALID,
  ADD CONSTRAINT payments_settled CHECK (captured_minor >= settled_minor AND settled_minor >= paid_out_minor) NOT VALID;
-- The worker asks whether an unsent claim of the vault is a payment's held card.
CREATE INDEX payments_held ON payments (merchant_id, (held ->> 'attemptId')) WHERE held IS NOT NULL;

ALTER TABLE operations
  -- Of an attempt whose id is older than the request that began it: tells that request from another one at the same moment.
  ADD COLUMN begun_by text,
  -- Of a refund: how much of it is tax.
  ADD COLUMN tax_minor bigint CHECK (tax_minor >= 0),
  ADD COLUMN settled_at bigint,
  ADD COLUMN paid_out_at bigint;
-- Acquirers report on attempts and captures by their ids alone.
DROP INDEX operations_id;
CREATE INDEX operations_id ON operations (merchant_id, operation_id) WHERE kind IN ('authorize', 'capture');

-- Null for events that v1 does not show; events from before this column have their sequence for it.
ALTER TABLE events ADD COLUMN public_sequence integer;

-- How far an acquirer's report is read, per connector of a merchant.
CREATE TABLE report_cursors (
  merchant_id text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('test', 'live')),
  connector_id text NOT NULL,
  position bigint NOT NULL,
  due_at bigint NOT NULL,
  lease_until bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (merchant_id, mode, connector_id)
);
CREATE INDEX report_cursors_due ON report_cursors (due_at);
