-- In which lists somebody stood: the ids that a row of the log names, found without reading every
-- list.
CREATE INDEX audit_listed_patients ON audit USING gin ((CAST(detail AS JSONB) -> 'patients'))
    WHERE action = 'patient.listed';

DROP INDEX audit_listed;
