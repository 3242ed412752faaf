-- Two who may be one person, the lower id first: kept as records change, so that the list of them
-- is read and not searched for.
-- owner: record
CREATE TABLE patient_pair (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL,
    other_id    TEXT   NOT NULL,
    PRIMARY KEY (practice_id, patient_id, other_id)
);
CREATE INDEX patient_pair_other ON patient_pair (practice_id, other_id, patient_id);

-- Everybody at an address in the order of their ids.
DROP INDEX contact_point_address;
CREATE INDEX contact_point_address ON contact_point (practice_id, address, channel, patient_id);

-- What takes times ahead, without the rows of the visits themselves.
CREATE INDEX appointment_ahead ON appointment (practice_id, start_ms, end_ms, provider, location,
    category, status, appointment_id) WHERE status IN ('booked', 'confirmed', 'arrived');

-- Who stands in the store already.
INSERT INTO patient_pair (practice_id, patient_id, other_id)
SELECT s.practice_id, s.patient_id, x.value
  FROM patient s
 CROSS JOIN json_each((SELECT json_group_array(u.patient_id) FROM (SELECT n.patient_id
        FROM patient n WHERE n.practice_id = s.practice_id AND n.name_key = s.name_key
         AND n.patient_id > s.patient_id AND (n.birth_day IS NULL OR s.birth_day IS NULL
           OR n.birth_day = s.birth_day)
       ORDER BY n.patient_id LIMIT 8) u)) x
 WHERE s.name_key <> '';
INSERT INTO patient_pair (practice_id, patient_id, other_id)
SELECT c.practice_id, c.patient_id, x.value
  FROM contact_point c
 CROSS JOIN json_each((SELECT json_group_array(u.patient_id) FROM (SELECT o.patient_id
        FROM contact_point o WHERE o.practice_id = c.practice_id AND o.address = c.address
         AND o.channel = c.channel AND o.patient_id > c.patient_id AND o.current = 1
       ORDER BY o.patient_id LIMIT 64) u)) x
  CROSS JOIN patient s ON s.practice_id = c.practice_id AND s.patient_id = c.patient_id
  CROSS JOIN patient n ON n.practice_id = c.practice_id AND n.patient_id = x.value
 WHERE c.current = 1 AND (n.name_key = s.name_key OR n.birth_day IS NULL OR s.birth_day IS NULL
   OR n.birth_day = s.birth_day OR lower(n.first_name) = lower(s.first_name))
    ON CONFLICT (practice_id, patient_id, other_id) DO NOTHING;
