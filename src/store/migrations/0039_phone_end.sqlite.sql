-- A phone by its last digits, as people tell it.
CREATE INDEX contact_point_end ON contact_point (practice_id, substr(address, -4), address,
    patient_id) WHERE channel <> 'email';
