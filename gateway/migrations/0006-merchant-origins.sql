-- Sites of the merchant's own: their pages may hold our card fields and authentication pages in frames, and use its publishable
-- keys. Null: none was ever registered.
alter table merchants add column origins text[];
