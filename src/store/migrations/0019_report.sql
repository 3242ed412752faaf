-- What reports and playbook pages count: from these alone, without the words of messages.
CREATE INDEX touch_progress ON touch (practice_id, enrollment_id, touch_key, position, state,
    sent_ms, delivered_ms, planned_ms, code, touch_id) WHERE enrollment_id IS NOT NULL;
DROP INDEX engagement_enrollment;
CREATE INDEX engagement_enrollment ON engagement (practice_id, enrollment_id, touch_id, human_opens,
    clicks, replies);
CREATE INDEX enrollment_count ON enrollment (practice_id, playbook, arm, state, entered_ms,
    patient_id, exit, hold, enrollment_id);
CREATE INDEX task_enrollment ON task (practice_id, enrollment_id, kind, staff_seconds)
    WHERE enrollment_id IS NOT NULL;
