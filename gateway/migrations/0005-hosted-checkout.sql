-- Shoppers come with the id of their payment, or of a payment link, and no merchant. Payments that are made server to server pay
-- nothing for this. Ids sort by time, so that the latest hosted payments stand together.
CREATE INDEX payments_hosted ON payments (payment_id) WHERE payment_type IN ('single', 'initial');
CREATE INDEX payment_links_public ON payment_links (link_id);

-- What was paid on the checkout page is confirmed by e-mail, once. A row is made when the first try begins.
CREATE TABLE receipts (
  merchant_id text NOT NULL,
  payment_id text NOT NULL,
  tries integer NOT NULL,
  -- Null once it is sent, or given up.
  due_at bigint,
  lease_until bigint NOT NULL DEFAULT 0,
  sent_at bigint,
  created_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, payment_id)
);
CREATE INDEX receipts_due ON receipts (due_at) WHERE due_at IS NOT NULL;
