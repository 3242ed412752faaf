-- A large practice for desk_bench: what a group of clinics has after two years. Read by desk_home.
--
-- {P} patients, {now} the moment, {version} the applied playbook's. @1(n) is an id of kind 1: 1
-- patient, 2 enrollment, 3 touch, 4 inbound, 5 thread, 6 note, 7 task, 8 consent, 9 staff. Every
-- value comes from a hash of its number, so that neighbours in an index are strangers in the
-- tables.
-- Statements end with a semicolon at the end of a line; each is one transaction.

CREATE TABLE bench_n (n BIGINT PRIMARY KEY);
INSERT INTO bench_n WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n < 999)
SELECT a.n * 1000 + b.n FROM d a, d b WHERE a.n * 1000 + b.n < 8 * {P};
CREATE TABLE bench_word (kind TEXT NOT NULL, n BIGINT NOT NULL, word TEXT NOT NULL,
    PRIMARY KEY (kind, n));
INSERT INTO bench_word (kind, n, word) VALUES
('f', 0, 'Ana'), ('f', 1, 'Maria'), ('f', 2, 'Jennifer'), ('f', 3, 'Olivia'), ('f', 4, 'Emma'),
('f', 5, 'Sophia'), ('f', 6, 'Isabella'), ('f', 7, 'Guadalupe'), ('f', 8, 'Katherine'),
('f', 9, 'Catherine'), ('f', 10, 'Kathryn'), ('f', 11, 'Elizabeth'), ('f', 12, 'Michael'),
('f', 13, 'Daniel'), ('f', 14, 'Michelle'), ('f', 15, 'Stephanie'), ('f', 16, 'Jacqueline'),
('f', 17, 'Rebecca'), ('f', 18, 'Rachel'), ('f', 19, 'Camila'), ('f', 20, 'Valentina'),
('f', 21, 'Lucia'), ('f', 22, 'Sara'), ('f', 23, 'Sarah'), ('f', 24, 'Hannah'), ('f', 25,
'Nicole'),
('f', 26, 'Amanda'), ('f', 27, 'Melissa'), ('f', 28, 'Deborah'), ('f', 29, 'Dorothy'),
('f', 30, 'Lisa'), ('f', 31, 'Nancy'), ('f', 32, 'Betty'), ('f', 33, 'Margaret'), ('f', 34,
'Sandra'),
('f', 35, 'Ashley'), ('f', 36, 'Kimberly'), ('f', 37, 'Emily'), ('f', 38, 'Donna'), ('f', 39,
'Carol'),
('f', 40, 'Robert'), ('f', 41, 'James'), ('f', 42, 'David'), ('f', 43, 'Carlos'), ('f', 44,
'Jorge'),
('f', 45, 'Thi'), ('f', 46, 'Wei'), ('f', 47, 'Priya'), ('f', 48, 'Fatima'), ('f', 49, 'Yuki'),
('b', 0, 'Al'), ('b', 1, 'Bar'), ('b', 2, 'Ber'), ('b', 3, 'Cal'), ('b', 4, 'Car'), ('b', 5,
'Cor'),
('b', 6, 'Dal'), ('b', 7, 'Del'), ('b', 8, 'Fer'), ('b', 9, 'Gal'), ('b', 10, 'Gar'), ('b', 11,
'Gon'),
('b', 12, 'Har'), ('b', 13, 'Her'), ('b', 14, 'Jan'), ('b', 15, 'Kel'), ('b', 16, 'Lan'), ('b',
17, 'Lar'),
('b', 18, 'Mar'), ('b', 19, 'Mel'), ('b', 20, 'Mon'), ('b', 21, 'Mor'), ('b', 22, 'Nor'), ('b',
23, 'Ol'),
('b', 24, 'Par'), ('b', 25, 'Per'), ('b', 26, 'Quin'), ('b', 27, 'Ram'), ('b', 28, 'Rey'), ('b',
29, 'Riv'),
('b', 30, 'Ros'), ('b', 31, 'Sal'), ('b', 32, 'San'), ('b', 33, 'Sol'), ('b', 34, 'Tal'), ('b',
35, 'Tor'),
('b', 36, 'Val'), ('b', 37, 'Var'), ('b', 38, 'Wal'), ('b', 39, 'Zam'),
('e', 0, 'son'), ('e', 1, 'ez'), ('e', 2, 'er'), ('e', 3, 'ton'), ('e', 4, 'ini'), ('e', 5, 'ard'),
('e', 6, 'man'), ('e', 7, 'field'), ('e', 8, 'well'), ('e', 9, 'ova'), ('e', 10, 'berg'), ('e',
11, 'ley'),
('e', 12, 'oso'), ('e', 13, 'eda'), ('e', 14, 'ero'), ('e', 15, 'ado'), ('e', 16, 'ista'), ('e',
17, 'ski'),
('e', 18, 'wood'), ('e', 19, 'land'), ('e', 20, 'cia'), ('e', 21, 'quist'), ('e', 22, 'hardt'),
('p', 0, 'neurotoxin-touch-up'), ('p', 1, 'filler-refresh'), ('p', 2, 'neurotoxin-touch-up'),
('p', 3, 'win-back'), ('p', 4, 'birthday'),
('s', 0, 'Botox Touch-Up'), ('s', 1, 'Botox Full Face'), ('s', 2, 'Signature Facial'),
('s', 3, 'Lip Filler'), ('s', 4, 'Laser Hair Removal'), ('s', 5, 'Chemical Peel'),
('g', 0, 'wants_saturday'), ('g', 1, 'financing'), ('g', 2, 'prefers_sms'), ('g', 3, 'bride'),
('g', 4, 'needle-shy'), ('g', 5, 'vip-event'), ('g', 6, 'referral'), ('g', 7, 'spanish'),
('w', 0, 'How much is it for two areas these days?'), ('w', 1,
'Do you have anything on Saturday morning?'),
('w', 2, 'Yes please, Thursday after five works for me'), ('w', 3,
'I had a bruise last time, is that normal?'),
('w', 4, 'Can I bring my sister along and do we get a discount'), ('w', 5,
'Running ten minutes late, sorry!'),
('w', 6, 'Necesito cambiar mi cita para la semana que viene'), ('w', 7, 'Thanks, see you then'),
('w', 8, 'Is the parking behind the building free?'), ('w', 9,
'Not right now, maybe after the holidays');

INSERT INTO patient (practice_id, patient_id, external_id, first_name, last_name, name_key,
    birth_day,
    state, zip, household_id, inactive, deceased, vip, billing_dispute, do_not_contact, visits,
    first_visit_day, last_visit_day, last_provider, ltv_cents, ltv_percentile, created_ms,
    updated_ms)
SELECT 1, @1(n.n), 'P' || (100000 + n.n), f.word, b.word || e.word, lower(f.word || b.word ||
    e.word),
    3000 + n.n * 7919 % 9000, 'TX', '787' || (10 + n.n % 80), @1(n.n - n.n % 3),
    CASE WHEN n.n % 97 = 0 THEN 1 ELSE 0 END, CASE WHEN n.n % 499 = 0 THEN 1 ELSE 0 END,
    CASE WHEN n.n % 41 = 0 THEN 1 ELSE 0 END, CASE WHEN n.n % 301 = 0 THEN 1 ELSE 0 END,
    CASE WHEN n.n % 53 = 0 THEN 1 ELSE 0 END, 1 + n.n % 9, {now} / 86400000 - 900,
    {now} / 86400000 - n.n * 7919 % 720, 'Dr. Chen', n.n * 104729 % 500000, n.n * 31 % 101, {now},
    {now}
  FROM bench_n n
  JOIN bench_word f ON f.kind = 'f' AND f.n = n.n * 7919 % 50
  JOIN bench_word b ON b.kind = 'b' AND b.n = n.n * 104729 % 40
  JOIN bench_word e ON e.kind = 'e' AND e.n = n.n * 1299709 % 23
 WHERE n.n < {P};
-- Every four hundredth is a second record of the one before: another spelling of nothing, with the
-- same mobile and, of half of them, no birth date.
UPDATE patient SET first_name = o.first_name, last_name = o.last_name, name_key = o.name_key,
    birth_day = CASE WHEN o.n % 800 = 6 THEN NULL ELSE o.birth_day END
  FROM (SELECT n.n, q.first_name, q.last_name, q.name_key, q.birth_day FROM bench_n n
          JOIN patient q ON q.practice_id = 1 AND q.patient_id = @1(n.n)
         WHERE n.n < {P} AND n.n % 400 = 6) o
 WHERE patient.practice_id = 1 AND patient.patient_id = @1(o.n + 1);
INSERT INTO patient_record (practice_id, record_id, patient_id, ordinal, fields, row_hash, file,
    first_seen_ms, changed_ms)
SELECT 1, 'P' || (100000 + n), @1(n), n, '{}', '', 'patients.csv', {now}, {now} FROM bench_n WHERE
    n < {P};
INSERT INTO contact_point (practice_id, patient_id, channel, address, source, created_ms)
SELECT 1, @1(n), 'sms', '+1' || (5122000000 + (n - CASE WHEN n % 400 = 7 THEN 1 ELSE 0 END) * 7919
    % 8000000), 'mobile', {now} FROM bench_n WHERE n < {P};
INSERT INTO contact_point (practice_id, patient_id, channel, address, source, created_ms)
SELECT 1, p.patient_id, 'email', p.name_key || substr(p.external_id, 2) || '@example.org',
    'email', {now}
  FROM patient p WHERE p.practice_id = 1;
INSERT INTO consent (practice_id, consent_id, patient_id, channel, purpose, class, given_day,
    source,
    recorded_ms)
SELECT 1, @8(n), @1(n), 'sms', 'marketing', 'written', 20000, 'import:patients.csv', {now}
  FROM bench_n WHERE n < {P} AND n % 5 <> 0;
INSERT INTO consent (practice_id, consent_id, patient_id, channel, purpose, class, given_day,
    source,
    recorded_ms)
SELECT 1, @8({P} + n), @1(n), 'email', 'marketing', 'express', 20000, 'import:patients.csv', {now}
  FROM bench_n WHERE n < {P} AND n % 7 <> 0;
INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address, patient_id,
    source,
    created_ms)
SELECT 1, 'x' || n, 'sms', 'marketing', 'opt_out', '+1' || (5122000000 + n * 7919 % 8000000),
    @1(n), 'sms',
    {now} FROM bench_n WHERE n < {P} AND n % 31 = 0;
INSERT INTO tag (practice_id, patient_id, tag, source, at_ms)
SELECT 1, @1(n.n), w.word, 'import', {now} FROM bench_n n
  JOIN bench_word w ON w.kind = 'g' AND (w.n = n.n * 7 % 13 OR w.n = n.n * 11 % 29) WHERE n.n <
  {P};
INSERT INTO clock (practice_id, service, patient_id, last_day, due_day, late_day, lost_day, visits)
SELECT 1, CASE n % 4 WHEN 0 THEN 'facial' ELSE 'neurotoxin' END, @1(n),
    {now} / 86400000 - n * 7919 % 720, {now} / 86400000 - n * 7919 % 720 + 100,
    {now} / 86400000 - n * 7919 % 720 + 120, {now} / 86400000 - n * 7919 % 720 + 180, 1 + n % 9
  FROM bench_n WHERE n < {P};
INSERT INTO membership (practice_id, membership_id, patient_id, plan, status, renewal_day,
    row_hash,
    changed_ms)
SELECT 1, 'M' || n, @1(n), 'Glow', 'active', {now} / 86400000 + n % 30, '', {now}
  FROM bench_n WHERE n < {P} AND n % 20 = 0;
-- Six each: one ahead for every fifth patient, five behind.
INSERT INTO appointment (practice_id, appointment_id, patient_id, record_id, start_ms, end_ms,
    local_day,
    location, provider, service, category, status, total_cents, row_hash, first_seen_ms, status_ms)
SELECT 1, 'A' || (n.n * 6 + k.n), @1(n.n), 'P' || (100000 + n.n),
    CASE WHEN k.n = 0 THEN {now} + (1 + n.n * 7919 % 40) * 86400000 + 3600000
         ELSE {now} - (n.n * 7919 % 720 + (k.n - 1) * 95) * 86400000 - 3600000 END,
    CASE WHEN k.n = 0 THEN {now} + (1 + n.n * 7919 % 40) * 86400000 + 5400000
         ELSE {now} - (n.n * 7919 % 720 + (k.n - 1) * 95) * 86400000 - 1800000 END,
    CASE WHEN k.n = 0 THEN {now} / 86400000 + 1 + n.n * 7919 % 40
         ELSE {now} / 86400000 - n.n * 7919 % 720 - (k.n - 1) * 95 END,
    CASE n.n % 3 WHEN 0 THEN 'Downtown' WHEN 1 THEN 'North' ELSE 'South' END,
    CASE n.n % 4 WHEN 0 THEN 'Dr. Chen' WHEN 1 THEN 'Dr. Osei' ELSE 'Nurse Vela' END, s.word,
    CASE WHEN n.n % 4 = 0 THEN 'facial' ELSE 'neurotoxin' END,
    CASE WHEN k.n = 0 THEN CASE WHEN n.n % 5 = 0 THEN 'booked' ELSE 'cancelled' END
         WHEN (n.n + k.n) % 17 = 0 THEN 'no_show' ELSE 'completed' END,
    15000 + n.n * 31 % 40000, '', {now}, {now}
  FROM bench_n n JOIN bench_n k ON k.n < 6
  JOIN bench_word s ON s.kind = 's' AND s.n = (n.n + k.n) % 6 WHERE n.n < {P};

-- One and a half enrollments each over two years; one in thirty of the first ones is live.
INSERT INTO enrollment (practice_id, enrollment_id, patient_id, household_id, playbook, version,
    occurrence, arm, state, entered_ms, start_day, hold, next_ms, exit, ended_ms)
SELECT 1, @2(n.n), @1(n.n % {P}), @1(n.n % {P} - n.n % {P} % 3), CASE WHEN n.n < {P} AND n.n % 30
    = 0
      THEN 'neurotoxin-touch-up' ELSE p.word END, '{version}', 1 + n.n / {P},
    CASE WHEN n.n % 10 = 3 THEN 'holdout' ELSE 'treat' END,
    CASE WHEN n.n < {P} AND n.n % 300 = 0 THEN 'held' WHEN n.n < {P} AND n.n % 30 = 0 THEN 'active'
      ELSE 'ended' END,
    CASE WHEN n.n < {P} AND n.n % 30 = 0 THEN {now} - n.n % 10 * 86400000
      ELSE {now} - (n.n * 7919 % 700 + 12) * 86400000 END,
    {now} / 86400000 - 20, CASE WHEN n.n < {P} AND n.n % 300 = 0 THEN 'reply' ELSE NULL END,
    CASE WHEN n.n < {P} AND n.n % 30 = 0 THEN {now} + 2592000000 ELSE NULL END,
    CASE WHEN n.n < {P} AND n.n % 30 = 0 THEN NULL WHEN n.n % 7 = 0 THEN 'booked'
      WHEN n.n % 61 = 0 THEN 'opted_out' ELSE 'no_response' END,
    CASE WHEN n.n < {P} AND n.n % 30 = 0 THEN NULL ELSE {now} - n.n * 7919 % 700 * 86400000 END
  FROM bench_n n JOIN bench_word p ON p.kind = 'p' AND p.n = n.n % 5 WHERE n.n < {P} + {P} / 2;
INSERT INTO enrollment_event (practice_id, enrollment_id, seq, at_ms, kind, detail)
SELECT 1, enrollment_id, 1, entered_ms, 'entered', '{}' FROM enrollment WHERE practice_id = 1;
INSERT INTO attribution (practice_id, enrollment_id, appointment_id, patient_id, days_after)
SELECT 1, @2(n), 'A' || (n % {P} * 6 + 1), @1(n % {P}), n % 30 FROM bench_n
 WHERE n < {P} + {P} / 2 AND n % 7 = 0;
-- Messages: three of every enrollment; the live ones' last lies ahead.
INSERT INTO touch (practice_id, touch_id, enrollment_id, patient_id, playbook, version, touch_key,
    position, kind, purpose, state, planned_ms, next_ms, channel, driver, address, template,
    wording,
    language, subject, body, segments, code, sent_ms, provider_id, delivery, delivered_ms,
    cost_cents,
    created_ms, ended_ms)
SELECT 1, @3(n.n), e.enrollment_id, e.patient_id, e.playbook, e.version,
    CASE n.n % 3 WHEN 0 THEN 'remind' WHEN 1 THEN 'nudge' ELSE 'limited' END, 1 + n.n % 3,
    'message',
    'marketing', CASE WHEN e.state <> 'ended' AND n.n % 3 = 2 THEN 'due' WHEN n.n % 50 = 7 THEN
    'dropped'
      WHEN n.n % 90 = 11 THEN 'failed' ELSE 'sent' END,
    e.entered_ms + n.n % 3 * 259200000,
    CASE WHEN e.state <> 'ended' AND n.n % 3 = 2 THEN {now} + (1 + n.n % 7) * 86400000 ELSE NULL
    END,
    CASE n.n % 3 WHEN 0 THEN 'email' ELSE 'sms' END, 'null',
    '+1' || (5122000000 + n.n / 3 % {P} * 7919 % 8000000), 'touchup-remind', 'generic', 'en',
    CASE n.n % 3 WHEN 0 THEN 'Time for a touch-up?' ELSE NULL END,
    'Hi ' || p.first_name || ', it has been a while since your last visit with us. We kept a few'
      || ' times for you next week; would you like one of them? Reply YES, or STOP to opt out.',
    2, CASE WHEN n.n % 50 = 7 THEN 'no_consent' WHEN n.n % 90 = 11 THEN 'bad_address' ELSE NULL
    END,
    CASE WHEN (e.state <> 'ended' AND n.n % 3 = 2) OR n.n % 50 = 7 OR n.n % 90 = 11 THEN NULL
      ELSE e.entered_ms + n.n % 3 * 259200000 END, 'SM' || n.n, 'delivered',
    CASE WHEN (e.state <> 'ended' AND n.n % 3 = 2) OR n.n % 50 = 7 OR n.n % 90 = 11 THEN NULL
      ELSE e.entered_ms + n.n % 3 * 259200000 + 4000 END, 2, e.entered_ms,
    CASE WHEN e.state <> 'ended' AND n.n % 3 = 2 THEN NULL ELSE e.entered_ms + n.n % 3 * 259200000
    END
  FROM bench_n n JOIN enrollment e ON e.practice_id = 1 AND e.enrollment_id = @2(n.n / 3)
  JOIN patient p ON p.practice_id = 1 AND p.patient_id = e.patient_id
 WHERE n.n < 4 * {P} + {P} / 2;
-- ... and what people wrote and confirmed: the rest of eight each. The first patient has 120 of
-- them.
INSERT INTO touch (practice_id, touch_id, patient_id, touch_key, kind, purpose, state, planned_ms,
    channel, driver, address, language, body, segments, sent_ms, provider_id, delivery,
    delivered_ms,
    cost_cents, created_ms, ended_ms)
SELECT 1, @3(n.n), CASE WHEN n.n % 2917 = 0 THEN @1(0) ELSE @1(n.n * 31 % {P}) END, 'staff_reply',
    'message', 'answer', 'sent', {now} - n.n * 7919 % 700 * 86400000, 'sms', 'null',
    '+1' || (5122000000 + n.n * 31 % {P} * 7919 % 8000000), 'en',
    'Thank you for writing! ' || w.word || ' - we looked it up for you: ' || n.n ||
    ' is your number.', 1,
    {now} - n.n * 7919 % 700 * 86400000, 'SM' || n.n, 'delivered',
    {now} - n.n * 7919 % 700 * 86400000 + 3000, 1, {now} - n.n * 7919 % 700 * 86400000,
    {now} - n.n * 7919 % 700 * 86400000
  FROM bench_n n JOIN bench_word w ON w.kind = 'w' AND w.n = n.n % 10
 WHERE n.n >= 4 * {P} + {P} / 2;
INSERT INTO engagement (practice_id, touch_id, patient_id, enrollment_id, delivered_ms,
    human_opens,
    clicks, replies, first_click_ms, first_reply_ms)
SELECT 1, touch_id, patient_id, enrollment_id, delivered_ms, 1, CASE WHEN planned_ms / 1000 % 11 =
    0
    THEN 1 ELSE 0 END, CASE WHEN position = 2 AND planned_ms / 86400000 % 9 = 0 THEN 1 ELSE 0 END,
    NULL,
    NULL FROM touch WHERE practice_id = 1 AND enrollment_id IS NOT NULL AND sent_ms IS NOT NULL;
-- Two answers for every patient, in four conversations for ten patients.
INSERT INTO inbound (practice_id, inbound_id, channel, provider_id, sender, recipient, body,
    received_ms,
    patient_id, thread_id, reading, stop, folded_ms)
SELECT 1, @4(n.n), 'sms', 'IN' || n.n, '+1' || (5122000000 + n.n % (2 * {P} / 5) * 2 * 7919 %
    8000000),
    '+15125550111', w.word || ' (' || n.n || ')', {now} - n.n * 7919 % 700 * 86400000 - n.n,
    @1(CASE WHEN n.n % 2003 = 0 THEN 0 ELSE n.n % (2 * {P} / 5) * 2 END),
    @5(CASE WHEN n.n % 2003 = 0 THEN 0 ELSE n.n % (2 * {P} / 5) END),
    '{"labels":["price"],"confidence":{"price":0.97},"urgency":"none","route":"front_desk",'
      || '"why":["word \"much\"","word \"areas\""]}', 'no', {now}
  FROM bench_n n JOIN bench_word w ON w.kind = 'w' AND w.n = n.n % 10 WHERE n.n < 2 * {P};
INSERT INTO thread (practice_id, thread_id, patient_id, address, state, opened_ms, last_in_ms,
    last_out_ms, closed_ms, closed_by, label, route, urgency)
SELECT 1, i.thread_id, i.patient_id, min(i.sender), CASE WHEN substr(i.thread_id, 35, 2) = '00'
      THEN 'open' ELSE 'closed' END, min(i.received_ms), max(i.received_ms), NULL,
    CASE WHEN substr(i.thread_id, 35, 2) = '00' THEN NULL ELSE max(i.received_ms) END, NULL,
    'price',
    'front_desk', CASE WHEN substr(i.thread_id, 33, 4) = '0000' THEN 'same_day' ELSE 'none' END
  FROM inbound i WHERE i.practice_id = 1 GROUP BY i.thread_id, i.patient_id;
INSERT INTO note (practice_id, note_id, thread_id, user_id, body, at_ms)
SELECT 1, @6(n), @5(n * 7 % (2 * {P} / 5)), @9(n % 12),
    'Called back, left a voicemail about the peel ('
    || n || ')', {now} - n * 7919 % 700 * 86400000 FROM bench_n WHERE n < {P} / 10;
INSERT INTO staff_reply (practice_id, touch_id, thread_id, user_id, at_ms)
SELECT 1, @3(n), @5(n * 31 % (2 * {P} / 5)), @9(n % 12), {now} FROM bench_n
 WHERE n >= 4 * {P} + {P} / 2 AND n % 3 = 0;
INSERT INTO task (practice_id, task_id, patient_id, kind, role, title, body, state, priority,
    created_ms,
    due_ms, inbound_id, outcome, note, staff_seconds, ended_ms)
SELECT 1, @7(n.n), @1(n.n * 2 % {P}), CASE n.n % 2 WHEN 0 THEN 'answer_reply' ELSE 'warm_call' END,
    'front_desk', CASE n.n % 2 WHEN 0 THEN 'Answer a question about the price' ELSE
    'Call about a touch-up' END, '{"history":[]}', CASE WHEN n.n % 100 = 0 OR n.n % 250 = 1 THEN
    'open'
    ELSE 'done' END, 40 + n.n % 20, {now} - n.n * 7919 % 700 * 86400000, {now} - n.n * 7919 % 700
    * 86400000
    + 86400000, CASE n.n % 2 WHEN 0 THEN @4(n.n) ELSE NULL END,
    CASE WHEN n.n % 100 = 0 OR n.n % 250 = 1 THEN NULL ELSE 'no_answer' END,
    CASE WHEN n.n % 5 = 0 THEN 'Wants to hear about ' || s.word ELSE NULL END, 120,
    CASE WHEN n.n % 100 = 0 OR n.n % 250 = 1 THEN NULL ELSE {now} - n.n * 7919 % 700 * 86400000 +
    86400000
    END
  FROM bench_n n JOIN bench_word s ON s.kind = 's' AND s.n = n.n % 6 WHERE n.n < 2 * {P} / 5;
INSERT INTO account (practice_id, user_id, email, name, role, state, created_ms, changed_ms)
SELECT 1, @9(n), 'colleague' || n || '@desk.example', 'Colleague ' || n, 'front_desk', 'disabled',
    {now},
    {now} FROM bench_n WHERE n < 12;
INSERT INTO import_run (practice_id, import_id, at_ms, file, kind, sha256, rows_read, created,
    updated,
    unchanged, rejected, warnings)
SELECT 1, 'I' || n, {now} - n * 86400000, 'appointments.csv', 'generic.appointments', '', 9000,
    300, 20,
    8680, 0, 3 FROM bench_n WHERE n < 300;
-- Half a year of the log: what was sent, what was read, and every twentieth row a list of fifty.
INSERT INTO audit (practice_id, writer, seq, at_ms, actor, action, patient_id, subject_id, detail,
    prev_hash, hash)
SELECT 1, 'bench', n + 1, {now} - {P} * CAST(160000 AS BIGINT) + n * 32000,
    CASE WHEN n % 3 = 0 THEN 'engine'
    ELSE
    'user:' || @9(n % 12) END, CASE n % 3 WHEN 0 THEN 'outbox.sent' WHEN 1 THEN 'patient.read'
    ELSE 'inbox.replied' END, @1(n * 7919 % {P}), @3(n), '{}', '', '' FROM bench_n
 WHERE n < 5 * {P} AND n % 20 <> 0;
INSERT INTO audit (practice_id, writer, seq, at_ms, actor, action, patient_id, subject_id, detail,
    prev_hash, hash)
SELECT 1, 'bench-lists', n.n + 1, {now} - {P} * CAST(160000 AS BIGINT) + n.n * 32000,
    'user:' || @9(n.n % 12),
    'patient.listed', NULL, 'list', (SELECT '{"patients":[' || '"' || @1(n.n * 53 % {P}) || '"' ||
    (
      SELECT max(u.rest) FROM (SELECT ',"' || @1(n.n * 59 % {P}) || '","' || @1(n.n * 61 % {P}) ||
      '","'
        || @1(n.n * 67 % {P}) || '","' || @1(n.n * 71 % {P}) || '","' || @1(n.n * 73 % {P}) ||
        '","'
        || @1(n.n * 79 % {P}) || '","' || @1(n.n * 83 % {P}) || '","' || @1(n.n * 89 % {P}) ||
        '","'
        || @1(n.n * 97 % {P}) || '","' || @1(n.n * 101 % {P}) || '","' || @1(n.n * 103 % {P}) ||
        '"' AS rest)
      u) || ']}'), '', '' FROM bench_n n WHERE n.n < 5 * {P} AND n.n % 20 = 0;
-- What leaves while it is measured: due from the start on, a day's answers at once.
INSERT INTO touch (practice_id, touch_id, patient_id, touch_key, kind, purpose, state, planned_ms,
    channel, address, language, body, created_ms, ended_ms)
SELECT 1, 'bench-' || @3(n), @1(n), 'staff_reply', 'message', 'answer', 'cancelled', {now}, 'sms',
    '+1' || (5122000000 + n * 7919 % 8000000), 'en', 'We are open until six today.', {now}, {now}
  FROM bench_n WHERE n < {P} AND n % 31 <> 0;
-- Who may be one person: as record finds it where no name has a crowd.
INSERT INTO patient_pair (practice_id, patient_id, other_id)
SELECT 1, a.patient_id, b.patient_id FROM patient a
  JOIN patient b ON b.practice_id = 1 AND b.name_key = a.name_key AND b.patient_id > a.patient_id
 WHERE a.practice_id = 1 AND (a.birth_day IS NULL OR b.birth_day IS NULL
   OR a.birth_day = b.birth_day);
-- Messages that wait for a person's approval.
UPDATE enrollment SET state = 'held', hold = 'vip', next_ms = {now} + 31536000000
 WHERE practice_id = 1 AND enrollment_id IN (SELECT @2(n * 300 + 150) FROM bench_n
    WHERE n * 300 + 150 < {P});
UPDATE touch SET state = 'waiting', planned_ms = {now} - 3600000, next_ms = {now} + 31536000000,
    channel = NULL, driver = NULL, address = NULL, wording = NULL, subject = NULL, body = NULL,
    template = 'touchup-limited'
 WHERE practice_id = 1 AND touch_id IN (SELECT @3(n * 900 + 452) FROM bench_n
    WHERE n * 300 + 150 < {P});
INSERT INTO task (practice_id, task_id, patient_id, kind, role, title, body, state, priority,
    created_ms, due_ms, enrollment_id, touch_id)
SELECT 1, @7(1000000000 + n), @1(n * 300 + 150), 'approve_message', 'front_desk',
    'Approve a message', '{"history":[]}', 'open', 40, {now}, {now} + 86400000, @2(n * 300 + 150),
    @3(n * 900 + 452) FROM bench_n WHERE n * 300 + 150 < {P};
-- Who waits for a time; every eighth was named one.
INSERT INTO opening (practice_id, opening_id, patient_id, service, provider, location, start_ms,
    end_ms, state, expires_ms, source, created_ms, changed_ms)
SELECT 1, 'bench-opening-' || n, @1(n * 250), 'neurotoxin', 'Dr. Chen', 'Downtown',
    {now} + n * 3600000, {now} + n * 3600000 + 1800000, 'held', {now} + 31536000000, 'waitlist',
    {now}, {now} FROM bench_n WHERE n * 250 < {P} AND n % 8 = 0;
INSERT INTO waitlist (practice_id, wait_id, patient_id, service, wish, said, source, state,
    opening_id, passes, next_ms, before_ms, until_ms, created_ms, changed_ms)
SELECT 1, 'bench-wait-' || n, @1(n * 250), 'neurotoxin',
    '{"windows":[[20000,40000,32,540,900]],"except":[]}', 'Saturdays if you can', 'reply',
    CASE WHEN n % 8 = 0 THEN 'named' ELSE 'waiting' END,
    CASE WHEN n % 8 = 0 THEN 'bench-opening-' || n END, n % 3, {now} + 31536000000, 0,
    {now} + 31536000000, {now} - n * 3600000, {now} FROM bench_n WHERE n * 250 < {P};
-- An address that is told of changes, and what it was told.
INSERT INTO webhook (practice_id, webhook_id, url, topics, nonce, enabled, created_ms)
VALUES (1, 'bench-hook', 'https://crm.desk.example/hook', '[]', 'bench', 0, {now});
INSERT INTO webhook_delivery (practice_id, delivery_id, webhook_id, topic, payload, created_ms,
    state, attempts, status)
SELECT 1, 'bench-delivery-' || n, 'bench-hook', 'patient.updated', '{"patient_id":"' || @1(n) ||
    '"}', {now} - n * 60000, 'delivered', 1, 200 FROM bench_n WHERE n < {P} / 5;
DROP TABLE bench_word;
