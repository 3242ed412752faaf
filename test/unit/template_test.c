/* template_test.c: the language of templates, their labels, their lint and how they are rendered.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "shared_data.h"
#include "template/template.h"

static int open_arena(void **state)
{
    static struct arena arena;
    arena_init(&arena, 0);
    *state = &arena;
    return 0;
}

static int close_arena(void **state)
{
    arena_release(*state);
    return 0;
}

static struct template_set *parse_all(
    struct arena *arena, const struct template_file *files, size_t count)
{
    struct template_set *set;
    struct why why = {0};

    must(template_set_parse(arena, files, count, NULL, &set, &why), &why);
    return set;
}

static struct template_set *parse_one(struct arena *arena, const char *name, const char *text)
{
    struct template_file file = {name, text, strlen(text)};

    return parse_all(arena, &file, 1);
}

/* The first problem of that file, as "line:column rule message". */
static const char *problem_of(struct arena *arena, const struct template_set *set, const char *file)
{
    const struct template_problems *problems = template_problems_of(set);

    for (size_t i = 0; i < problems->count; i++)
        if (strcmp(problems->list[i].file, file) == 0)
            return arena_format(arena, "%d:%d %s %s", problems->list[i].line,
                problems->list[i].column, problems->list[i].rule, problems->list[i].message);
    return "";
}

static const char *problem_in(struct arena *arena, const char *name, const char *text)
{
    return problem_of(arena, parse_one(arena, name, text), name);
}

static struct template_facts facts_of_ana(void)
{
    struct template_facts facts = template_facts_of(NULL, NULL, (struct day){20454});

    facts.practice_name = "Lumen Med Spa";
    facts.practice_phone = "+15125550100";
    facts.practice_address = "100 Congress Ave, Austin, TX 78701";
    facts.first_name = "Ana";
    facts.provider = "Dr. Chen";
    facts.last_visit = (struct day){20454 - 118};
    facts.service_name = "Botox/Dysport";
    facts.points = 1200;
    facts.book_url = "https://v.lumen.example/p/b4mWq2Xk8Zr.A1b2C3d4E5f6G7h8I9j0Kl";
    facts.unsubscribe_url = "https://v.lumen.example/p/u4mWq2Xk8Zr.A1b2C3d4E5f6G7h8I9j0Kl";
    facts.preferences_url = "https://v.lumen.example/p/f4mWq2Xk8Zr.A1b2C3d4E5f6G7h8I9j0Kl";
    return facts;
}

static struct rendered render(struct arena *arena, const struct template_set *set, const char *name,
    enum channel_kind channel, bool specific, const char *language,
    const struct template_facts *facts)
{
    const struct template *piece = template_pick(set, name, channel, specific, language);
    struct rendered rendered;
    struct why why = {0};

    assert_non_null(piece);
    must(template_render(arena, set, piece, facts, NULL, &rendered, &why), &why);
    return rendered;
}

static const char *script_of(
    struct arena *arena, const char *text, const struct template_facts *facts)
{
    const char *whole = arena_format(arena, "---\npurpose: care\n---\n%s", text);
    struct template_set *set = parse_one(arena, "t/generic.en.task.liquid", whole);
    struct rendered rendered;

    assert_string_equal(problem_of(arena, set, "t/generic.en.task.liquid"), "");
    rendered = render(arena, set, "t", CHANNEL_TASK, false, "en", facts);
    return rendered.text;
}

/* ---- the language ---- */

static void test_template_render__writes_choices_and_filters(void **state)
{
    struct arena *arena = *state;
    struct template_facts ana = facts_of_ana(),
                          nobody = template_facts_of(NULL, NULL, (struct day){20454});

    assert_string_equal(
        script_of(arena, "{{ patient.first_name | default: \"you\" }}", &ana), "Ana");
    assert_string_equal(
        script_of(arena, "{{ patient.first_name | default: \"you\" }}", &nobody), "you");
    assert_string_equal(
        script_of(arena,
            "{% if visit.last_day %}{{ visit.last_day | about_duration }}{% else %}-"
            "{% endif %}",
            &ana),
        "about 4 months");
    assert_string_equal(script_of(arena,
                            "{% if points.balance >= 1000 %}{{ points.balance | points }}{% elsif "
                            "points.balance %}few{% else %}none{% endif %}",
                            &ana),
        "1,200 points");
    assert_string_equal(
        script_of(arena, "{% unless points.balance %}none{% endunless %}.", &ana), ".");
    assert_string_equal(script_of(arena,
                            "{% case service.name %}{% when \"a\", \"Botox/Dysport\" %}B{% else %}O"
                            "{% endcase %}{% comment %}not {{ this }}{% endcomment %}",
                            &ana),
        "B");
    assert_string_equal(
        script_of(arena, "a {%- if practice.name -%} b {%- endif -%} c", &ana), "abc");
    assert_string_equal(
        script_of(arena, "{{ practice.phone | phone | default: \"-\" }}", &ana), "(512) 555-0100");
    assert_string_equal(
        script_of(arena, "{{ patient.first_name | fits: 2, \"there\" }}", &ana), "there");
    ana.first_name = "María";
    assert_string_equal(
        script_of(arena, "{{ patient.first_name | fits: 12, \"there\" }}", &ana), "there");
}

static void test_template_condition__unknown_never_holds(void **state)
{
    struct arena *arena = *state;
    struct template_facts nobody = template_facts_of(NULL, NULL, (struct day){20454});

    assert_string_equal(
        script_of(arena, "{% if service.key != \"x\" %}yes{% else %}no{% endif %}", &nobody), "no");
    assert_string_equal(script_of(arena,
                            "{% unless service.key == \"x\" %}yes{% else %}no"
                            "{% endunless %}",
                            &nobody),
        "no");
    assert_string_equal(script_of(arena,
                            "{% if service.key == \"x\" or practice.name %}yes"
                            "{% else %}no{% endif %}",
                            &nobody),
        "no");
}

static void test_template_parse__names_line_and_column(void **state)
{
    struct arena *arena = *state;
    const char *name = "t/generic.en.task.liquid";

#define HEAD "---\npurpose: care\n---\n"
    assert_string_equal(problem_in(arena, name, HEAD "Hi {{ patient.frist_name }}"),
        "4:7 unknown-field there is no field patient.frist_name");
    assert_string_equal(problem_in(arena, name, HEAD "é\nHi {{ patient.first_name | shout }}"),
        "5:28 unknown-filter there is no filter shout");
    assert_string_equal(problem_in(arena, name, HEAD "{{ patient.first_name }}"),
        "4:4 may-be-unknown patient.first_name is not known for everybody");
    assert_string_equal(problem_in(arena, name, HEAD "{% if patient.first_name %}Hi"),
        "4:1 syntax this choice has no end");
    assert_string_equal(
        problem_in(arena, name, HEAD "{% for x in y %}"), "4:1 syntax there is no tag {% for %}");
    assert_string_equal(problem_in(arena, name, HEAD "{{ visit.last_day | default: \"x\" }}"),
        "4:21 type default wants a text, and this is a day");
    assert_string_equal(
        problem_in(arena, name, HEAD "{{ practice.name"), "4:1 syntax {{ has no }}");
    assert_string_equal(problem_in(arena, name,
                            HEAD "{% if practice.name and practice.phone or caller.name %}"
                                 "{% endif %}"),
        "4:40 syntax and beside or in one condition can be read in two ways");
    assert_string_equal(problem_in(arena, name, HEAD "{{ patient.birth_day | date }}"),
        "4:4 PHI-8 patient.birth_day is never part of a message");
    assert_string_equal(problem_in(arena, name, "---\npurpose: care\npurpos: x\n---\nHi"),
        "3:1 front-matter the key \"purpos\" is not known here");
    assert_string_equal(
        problem_in(arena, name, "Hi"), "1:1 front-matter the front matter is missing");
#undef HEAD
}

static void test_template_parse__takes_any_bytes(void **state)
{
    struct arena *arena = *state;
    const char *whole =
        "---\npurpose: marketing\nsubject: 'x {{ patient.first_name }}'\n---\n"
        "{% if visit.last_day and points.balance > 3 %}{{ points.balance | points }}"
        "{% elsif practice.name == \"x\" %}y{% else %}z{% endif %}{% case "
        "service.key %}{% when \"a\" %}b{% endcase %}{{ links.book }}";
    char cut[512];

    for (size_t len = 0; len <= strlen(whole); len++) {
        struct template_file file = {"t/generic.en.email.liquid", whole, len};

        (void)parse_all(arena, &file, 1);
        memcpy(cut, whole, strlen(whole));
        cut[len] = (char)0xC3;
        file = (struct template_file){"t/generic.en.sms.liquid", cut, strlen(whole)};
        (void)parse_all(arena, &file, 1);
    }
}

/* ---- labels ---- */

static int level_of(struct arena *arena, const char *text)
{
    const char *whole = arena_format(arena, "---\npurpose: care\n---\n%s", text);
    struct template_set *set = parse_one(arena, "t/generic.en.task.liquid", whole);

    return template_pick(set, "t", CHANNEL_TASK, false, "en")->phi_level;
}

static void test_template_level__flows_through_filters_and_branches(void **state)
{
    struct arena *arena = *state;

    assert_int_equal(level_of(arena, "Hi {{ patient.first_name | default: \"you\" }}"), PHI_NONE);
    assert_int_equal(level_of(arena, "{{ provider.name | default: \"we\" }}"), PHI_VISIT);
    assert_int_equal(level_of(arena, "{{ service.name | upcase | default: \"it\" }}"), PHI_SERVICE);
    assert_int_equal(
        level_of(arena, "{% if service.key == \"filler\" %}Hello{% endif %}"), PHI_SERVICE);
    assert_int_equal(level_of(arena,
                         "{% if practice.name %}{% case service.key %}{% when \"x\" %}"
                         "{% endcase %}{% endif %}"),
        PHI_SERVICE);
    assert_int_equal(level_of(arena, "Your Bótox is due"), PHI_SERVICE);
    assert_int_equal(level_of(arena, "{% comment %}Botox{% endcomment %}Hi"), PHI_NONE);
}

static void test_template_set__wants_a_generic_twin(void **state)
{
    struct arena *arena = *state;
    const char *text = "---\npurpose: marketing\nsubject: Hi\npreheader: Yes\n---\nYour Botox is "
                       "due.\n\n[Book]({{ links.book }})\n";
    struct template_set *set = parse_one(arena, "t/specific.en.email.liquid", text);
    const char *said;

    assert_string_equal(problem_of(arena, set, "t/specific.en.email.liquid"),
        "0:0 twin a specific wording needs a generic twin");
    assert_null(template_pick(set, "t", CHANNEL_EMAIL, true, "en"));
    said = problem_in(arena, "t/generic.en.email.liquid", text);
    assert_string_equal(said, "6:6 PHI-8 a generic wording names a treatment: botox");
}

static void test_template_pick__takes_language_before_wording(void **state)
{
    struct arena *arena = *state;
    size_t count;
    const struct template_file *files = template_shipped(arena, &count);
    struct template_set *set = parse_all(arena, files, count);
    const struct template *piece;

    piece = template_pick(set, "touchup-remind", CHANNEL_EMAIL, true, "es-MX");
    assert_string_equal(piece->file, "touchup-remind/specific.es.email.liquid");
    piece = template_pick(set, "touchup-remind", CHANNEL_EMAIL, false, "es");
    assert_string_equal(piece->file, "touchup-remind/generic.es.email.liquid");
    piece = template_pick(set, "touchup-remind", CHANNEL_EMAIL, true, "fr");
    assert_string_equal(piece->file, "touchup-remind/specific.en.email.liquid");
    piece = template_pick(set, "touchup-nudge", CHANNEL_SMS, true, NULL);
    assert_string_equal(piece->file, "touchup-nudge/generic.en.sms.liquid");
    assert_null(template_pick(set, "touchup-nudge", CHANNEL_EMAIL, true, "en"));
}

static void test_template_files_of__gives_what_a_version_pins(void **state)
{
    struct arena *arena = *state;
    size_t count;
    const struct template_file *files = template_shipped(arena, &count);
    struct template_set *set = parse_all(arena, files, count);
    static const char *const names[] = {"touchup-nudge"}, *const wrong[] = {"touchup-nugde"};
    struct why why = {0};

    must(template_files_of(arena, set, names, 1, &files, &count, &why), &why);
    assert_int_equal(count, 6);
    assert_string_equal(files[0].name, "email-footer/generic.en.email.liquid");
    assert_string_equal(files[5].name, "touchup-nudge/generic.es.sms.liquid");
    assert_int_equal(template_files_of(arena, set, wrong, 1, &files, &count, &why), ERR_NOT_FOUND);
    assert_string_equal(why.hint, "Did you mean touchup-nudge?");
}

static void test_template_set__keeps_shipped_parts_where_a_home_has_none(void **state)
{
    struct arena *arena = *state;
    const char *line = "---\npurpose: transactional\n---\nText STOP to end";
    struct template_file file = {
        "templates/sms-stop-line/generic.en.sms.liquid", line, strlen(line)};
    struct template_set *set = parse_all(arena, &file, 1);

    assert_int_equal(template_problems_of(set)->count, 0);
    assert_true(template_exists(set, "email-footer"));
    assert_true(template_exists(set, "answer-opt-out"));
    assert_false(template_exists(set, "touchup-nudge"));
    assert_string_equal(
        render(arena, set, "sms-stop-line", CHANNEL_SMS, false, "en", &(struct template_facts){0})
            .text,
        "Text STOP to end");
}

/* ---- lint ---- */

static void test_template_lint__shipped_templates_are_clean(void **state)
{
    struct arena *arena = *state;
    size_t count;
    const struct template_file *files = template_shipped(arena, &count);
    struct template_set *set = parse_all(arena, files, count);
    const struct template_problems *problems = template_problems_of(set);
    const struct template *const *pieces;

    for (size_t i = 0; i < problems->count; i++)
        print_message("%s:%d:%d %s %s %s\n", problems->list[i].file, problems->list[i].line,
            problems->list[i].column, problems->list[i].rule, problems->list[i].message,
            problems->list[i].hint);
    assert_int_equal(problems->count, 0);
    pieces = template_pieces(set, &count);
    for (size_t i = 0; i < count; i++) {
        if (pieces[i]->channel == CHANNEL_SMS) {
            assert_int_equal(pieces[i]->worst.segments, 1);
            assert_false(pieces[i]->worst.ucs2);
            assert_in_range(pieces[i]->links_max, 0, 1);
            assert_false(pieces[i]->names_treatment);
        }
        if (pieces[i]->wording == WORDING_GENERIC && pieces[i]->channel != CHANNEL_TASK)
            assert_in_range(pieces[i]->phi_level, PHI_NONE, PHI_VISIT);
    }
}

static void test_template_lint__tells_one_cause_and_what_to_do(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *english, *says;
    } cases[] = {
        {"---\npurpose: care\n---\nHi {{ nobody.knows }}", "4:7 unknown-field"},
        {"---\npurpose: care\n---\nHi {{", "4:4 syntax {{ has no }}"},
        {"---\npurpose: care\n---\nHi {% endif %}",
            "4:4 syntax {% endif %} belongs to nothing before it"},
        {"---\npurposes: care\n---\nHi", "2:1 front-matter the key"},
        {"---\npurpose: care\ncolour: blue\n---\nHi", "3:1 front-matter the key"},
        {"---\n\tpurpose: care\n---\nHi", "front-matter this is not valid YAML"},
    };
    const char *spanish = "---\npurpose: care\n---\nHola";

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct template_file files[] = {
            {"t/generic.en.task.liquid", cases[i].english, strlen(cases[i].english)},
            {"t/generic.es.task.liquid", spanish, strlen(spanish)}};
        struct template_set *set = parse_all(arena, files, 2);
        const struct template_problems *problems = template_problems_of(set);

        if (problems->count != 1 || !problems->list[0].hint[0]
            || !strstr(problem_of(arena, set, files[0].name), cases[i].says))
            fail_msg("%s: %zu problems, %s (%s)", cases[i].says, problems->count,
                problem_of(arena, set, files[0].name), problem_of(arena, set, files[1].name));
    }
}

static void test_template_lint__refuses_what_carriers_block(void **state)
{
    struct arena *arena = *state;
    const char *name = "t/generic.en.sms.liquid";

#define SMS(text) problem_in(arena, name, "---\npurpose: marketing\n---\n" text)
    assert_string_equal(SMS("{{ practice.name }}: Hi? {{ links.book }}"), "");
    assert_string_equal(SMS("Hi? {{ links.book }}"),
        "4:1 CAR-2 a text names its sender within the first 40 characters");
    assert_string_equal(SMS("Hello and a very good morning to you from {{ practice.name }}"),
        "4:1 CAR-2 a text names its sender within the first 40 characters");
    assert_string_equal(SMS("{{ practice.name }}: semaglutide special?"),
        "4:22 PHI-8 a generic wording names a treatment: semaglutide");
    assert_string_equal(SMS("{{ practice.name }}: free Mimosas!"),
        "4:27 CAR-3 carriers block marketing texts with the word mimosas");
    assert_string_equal(SMS("{{ practice.name }}: https://bit.ly/x"),
        "4:30 CAR-8 bit.ly is a public link shortener, which carriers block");
    assert_string_equal(SMS("{{ practice.name }}: {{ links.book }} {{ links.preferences }}"),
        "4:1 one-link a text has at most one link");
    assert_string_equal(SMS("{{ practice.name }}: {{ links.book }}."),
        "4:22 link-tail phones take the sign behind a link for a part of it");
    assert_string_equal(
        SMS("{{ practice.name }}: Hi, {{ patient.first_name | default: \"you\" }}?"),
        "4:1 CAR-11 with the longest values it takes 2 segments (81 places, the opt-out line "
        "included)");
    static char longest[2000]; /* no provider takes it, whatever its purpose */
    snprintf(longest, sizeof longest, "---\npurpose: care\n---\n{{ practice.name }}: %01600d", 0);
    const struct template_problems *found = template_problems_of(parse_one(arena, name, longest));
    assert_int_equal(found->errors, 1);
    assert_string_equal(found->list[0].rule, "CAR-11");
#undef SMS
    /* Words inside words, and the same words in a care message, are no reason. */
    assert_string_equal(
        problem_in(arena, name,
            "---\npurpose: marketing\n---\n{{ practice.name }}: peeling begins, gunther?"),
        "");
    assert_string_equal(problem_in(arena, "t/specific.en.sms.liquid",
                            "---\npurpose: marketing\n---\n{{ practice.name }}: your Dysport?"),
        "4:27 CAR-5 marketing texts that name dysport are blocked by carriers");
}

static void test_template_lint__asks_emails_for_their_parts(void **state)
{
    struct arena *arena = *state;
    const char *name = "t/generic.en.email.liquid";

#define MAIL(head, text) problem_in(arena, name, "---\npurpose: marketing\n" head "---\n" text)
#define GOOD "subject: Hello\npreheader: Yes\n"
    assert_string_equal(MAIL(GOOD, "Hi.\n\n[Book]({{ links.book }})\n"), "");
    assert_string_equal(MAIL("preheader: Yes\n", "Hi.\n\n[Book]({{ links.book }})\n"),
        "1:1 subject an email needs a subject");
    assert_string_equal(
        MAIL("subject: 'Re: your results'\npreheader: x\n", "Hi.\n\n[Book]({{ links.book }})\n"),
        "1:1 EML-2 a marketing subject may not pretend: re:");
    assert_string_equal(MAIL(GOOD, "Hi.\n"), "6:1 one-button the email has no button");
    assert_string_equal(MAIL(GOOD, "Hi <b>you</b>.\n\n[Book]({{ links.book }})\n"),
        "6:1 html an email template holds no HTML of its own");
    assert_string_equal(MAIL(GOOD, "Hi.\n\n[Book]({{ links.book }})\n\n- a\n- b\n"),
        "6:1 three-bullets the list does not have three points");
    assert_string_equal(
        MAIL(GOOD, "Hi.\n\n[Book]({{ links.book }})\n\nOr {{ links.preferences }}\n"),
        "10:4 link a link needs words");
    assert_string_equal(
        MAIL("subject: 'Your Botox'\npreheader: x\n", "Hi.\n\n[Book]({{ links.book }})\n"),
        "3:16 PHI-8 a generic wording names a treatment: botox");
#undef GOOD
#undef MAIL
    assert_string_equal(
        problem_in(arena, "answer-opt-out/generic.en.sms.liquid",
            "---\npurpose: answer\n---\n{{ practice.name }}: out. {{ links.book }}"),
        "4:1 OPT-7 a confirmation of an opt-out only confirms");
    assert_string_equal(
        problem_in(arena, "email-footer/generic.en.email.liquid",
            "---\npurpose: transactional\n---\n{{ practice.address | default: \"-\" }}"),
        "4:1 EML-3 the footer lacks the way to unsubscribe");
}

/* ---- rendering ---- */

static void test_template_render__says_how_to_stop_texts(void **state)
{
    struct arena *arena = *state;
    struct template_set *set = parse_one(arena, "t/generic.en.sms.liquid",
        "---\npurpose: marketing\n---\n{{ practice.name }}:\n  We’re open – come by?\n");
    struct template_facts ana = facts_of_ana();
    const struct template *piece = template_pick(set, "t", CHANNEL_SMS, false, "en");
    struct rendered rendered = render(arena, set, "t", CHANNEL_SMS, false, "en", &ana);
    struct why why = {0};

    assert_string_equal(
        rendered.text, "Lumen Med Spa: We're open - come by? Reply STOP to opt out");
    assert_true(rendered.stop_line);
    assert_false(rendered.sms.ucs2);
    assert_int_equal(rendered.sms.segments, 1);
    assert_null(rendered.missing);
    must(template_render(
             arena, set, piece, &ana, &(struct template_rendering){true}, &rendered, &why),
        &why);
    assert_string_equal(rendered.text, "Lumen Med Spa: We're open - come by?");
    assert_false(rendered.stop_line);
}

static void test_template_render__keeps_values_text(void **state)
{
    struct arena *arena = *state;
    size_t count;
    const struct template_file *files = template_shipped(arena, &count);
    struct template_set *set = parse_all(arena, files, count);
    struct template_facts facts = facts_of_ana();
    struct rendered rendered;

    facts.first_name = "<b>[x](http://evil.example)\r\nBcc: y</b>";
    facts.provider = "*Dr.* `Chen` & ![i](j)\xE2\x80\xAE"; /* and a right-to-left override */
    rendered = render(arena, set, "touchup-remind", CHANNEL_EMAIL, false, "en", &facts);
    assert_null(strstr(rendered.html, "<b>"));
    assert_null(strstr(rendered.html, "href=\"http://evil"));
    assert_non_null(strstr(rendered.html, "&lt;b&gt;[x](http://evil.example)  Bcc: y&lt;/b&gt;"));
    assert_non_null(strstr(rendered.html, "*Dr.* `Chen` &amp; ![i](j)"));
    assert_null(strchr(rendered.subject, '\n'));
    assert_null(strchr(rendered.subject, '\r'));
    assert_null(strstr(rendered.scan, "Chen"));
    assert_null(strstr(rendered.html, "\xE2\x80\xAE"));
}

static void test_template_render__reads_no_words_in_signed_links(void **state)
{
    struct arena *arena = *state;
    struct template_facts ana = facts_of_ana();
    size_t count;
    const struct template_file *files = template_shipped(arena, &count);
    struct template_set *set = parse_all(arena, files, count);
    struct term_hit hit;

    ana.book_url = "https://v.lumen.example/p/b/4mwq2xk8zr2a.A1b-IPL-5E5f6G7h8I9j0Kl";
    struct rendered rendered = render(arena, set, "touchup-remind", CHANNEL_SMS, false, "en", &ana);
    assert_non_null(strstr(rendered.text, "-IPL-"));
    assert_false(term_find(rendered.scan, 0, 1u << TERM_TREATMENT, NULL, 0, &hit));
    ana.book_url = "https://book.example/ipl";
    rendered = render(arena, set, "touchup-remind", CHANNEL_SMS, false, "en", &ana);
    assert_true(term_find(rendered.scan, 0, 1u << TERM_TREATMENT, NULL, 0, &hit));
}

static void test_template_render__gives_both_parts_of_an_email(void **state)
{
    struct arena *arena = *state;
    size_t count;
    const struct template_file *files = template_shipped(arena, &count);
    struct template_set *set = parse_all(arena, files, count);
    struct template_facts ana = facts_of_ana();
    struct rendered general, special;

    general = render(arena, set, "touchup-remind", CHANNEL_EMAIL, false, "en", &ana);
    assert_string_equal(general.subject, "Ana, it may be time to see us again");
    assert_non_null(strstr(general.text, "about 4 months since we saw you"));
    assert_non_null(strstr(general.text, "Pick a time:\nhttps://v.lumen.example/p/b4mWq2Xk8Zr."));
    assert_non_null(strstr(general.text, "100 Congress Ave, Austin, TX 78701"));
    assert_non_null(strstr(general.text, "(https://v.lumen.example/p/u4mWq2Xk8Zr."));
    assert_null(strstr(general.text, "Botox"));
    assert_null(strstr(general.html, "Botox"));
    assert_non_null(strstr(general.html, "href=\"https://v.lumen.example/p/b4mWq2Xk8Zr."));
    assert_null(strstr(general.html, "http://"));
    assert_null(strstr(general.html, "[["));
    special = render(arena, set, "touchup-remind", CHANNEL_EMAIL, true, "en", &ana);
    assert_non_null(strstr(special.text, "Botox/Dysport"));
    assert_non_null(strstr(special.html, "Botox/Dysport"));
    assert_string_not_equal(general.body_hash, special.body_hash);
    special = render(arena, set, "touchup-remind", CHANNEL_EMAIL, false, "en", &ana);
    assert_string_equal(general.body_hash, special.body_hash);
    ana.book_url = NULL;
    special = render(arena, set, "touchup-remind", CHANNEL_EMAIL, false, "en", &ana);
    assert_string_equal(special.missing, "links.book");
}

static struct sms_count worst_for(struct arena *arena, const char *name, const char *url)
{
    struct practice practice = {.name = name, .address = "1 Main St", .public_url = url};
    struct template_options options = {.practice = &practice};
    size_t count;
    const struct template_file *files = template_shipped(arena, &count);
    struct template_set *set;
    struct why why = {0};

    must(template_set_parse(arena, files, count, &options, &set, &why), &why);
    assert_int_equal(template_problems_of(set)->errors, 0);
    return template_pick(set, "touchup-nudge", CHANNEL_SMS, false, "en")->worst;
}

static void test_template_lint__counts_the_practices_own_name(void **state)
{
    struct arena *arena = *state;

    assert_int_equal(worst_for(arena, "Glow", "https://glow.example").segments, 1);
    assert_false(worst_for(arena, "Clínica Bella", "https://bella.example").ucs2);
    assert_int_equal(worst_for(arena, "Clínica Bella", "https://bella.example").segments, 1);
    assert_int_equal(worst_for(arena, "Serenity Aesthetics and Wellness Center of North Scottsdale",
                         "https://appointments.serenity-wellness.example")
                         .segments,
        2);
}

static void test_sms_names_sender__reads_as_people_do(void **state)
{
    struct arena *arena = *state;

    assert_true(sms_names_sender(arena, "Ana's Med Spa: hello", "Ana’s  Med Spa"));
    assert_true(sms_names_sender(arena, "Clinica Bella: hola", "Clínica Bella"));
    assert_true(sms_names_sender(arena, "Hi from LUMEN!", "Lumen"));
    assert_false(sms_names_sender(arena, "Hi!", "Lumen"));
    assert_false(sms_names_sender(arena, "Hi!", NULL));
    assert_false(sms_names_sender(arena, "A very good morning to you all from Lumen", "Lumen"));
    assert_true(sms_names_sender(arena, "A practice whose own name has more than forty letters: hi",
        "A practice whose own name has more than forty letters"));
}

static void test_template_describe__tells_labels_and_problems(void **state)
{
    struct arena *arena = *state;
    const char *text = "---\npurpose: marketing\n---\n{{ practice.name }}: Hi {{ "
                       "patient.first_name | fits: 10, \"there\" }}? {{ links.book }}";
    JSON_AUTO answer = template_describe_json(
        arena, "touchup-nudge/specific.en.sms.liquid", text, strlen(text), NULL);
    JSON_AUTO bare =
        template_describe_json(arena, "generic.en.sms.liquid", text, strlen(text), NULL);
    JSON_AUTO bad = template_describe_json(arena, "x.txt", text, strlen(text), NULL);

    const char *words = "{{ practice.name }}: Hi {{ patient.frist_name }}, your Botox is due";
    JSON_AUTO line = template_describe_json(arena, NULL, words, strlen(words), NULL);
    json_t *problem = json_array_get(json_object_get(line, "problems"), 0);

    assert_true(json_is_false(json_object_get(line, "usable")));
    assert_int_equal(json_integer_value(json_object_get(problem, "line")), 1);
    assert_int_equal(json_integer_value(json_object_get(problem, "column")), 28);
    assert_true(json_is_true(json_object_get(answer, "usable")));
    assert_int_equal(json_integer_value(json_object_get(answer, "phi_level")), 0);
    assert_int_equal(json_array_size(json_object_get(answer, "fields")), 3);
    assert_int_equal(json_array_size(json_object_get(answer, "problems")), 0);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(answer, "worst"), "encoding")), "gsm7");
    assert_true(json_is_true(json_object_get(bare, "usable")));
    assert_true(json_is_false(json_object_get(bad, "usable")));
    assert_int_equal(json_array_size(json_object_get(bad, "problems")), 1);
}

/* ---- sms ---- */

static void test_sms_count__agrees_with_the_vectors(void **state)
{
    struct arena *arena = *state;
    FILE *file = shared_data_open("vectors/sms_segments.tsv");
    char line[4096];
    size_t rows = 0;

    while (fgets(line, sizeof line, file)) {
        char *cells[10], *cursor = line;
        size_t count = 0;
        struct sms_count sms;
        const char *text;

        while (count < 10 && cursor)
            cells[count++] = strsep(&cursor, "\t");
        if (line[0] == '#' || count < 10 || strcmp(cells[0], "name") == 0)
            continue;
        JSON_AUTO json = json_loads(cells[2], JSON_DECODE_ANY, NULL);
        text = json_string_value(json);
        if (strcmp(cells[1], "true") == 0)
            text = sms_fold(arena, text);
        sms = sms_count(text);
        assert_string_equal(cells[3], sms.ucs2 ? "UCS-2" : "GSM-7");
        assert_int_equal(sms.segments, strtol(cells[4], NULL, 10));
        assert_int_equal(sms.units * (sms.ucs2 ? 16 : 7), strtol(cells[7], NULL, 10));
        rows++;
    }
    (void)fclose(file);
    assert_int_equal(rows, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_template_render__writes_choices_and_filters),
        cmocka_unit_test(test_template_condition__unknown_never_holds),
        cmocka_unit_test(test_template_parse__names_line_and_column),
        cmocka_unit_test(test_template_parse__takes_any_bytes),
        cmocka_unit_test(test_template_level__flows_through_filters_and_branches),
        cmocka_unit_test(test_template_set__wants_a_generic_twin),
        cmocka_unit_test(test_template_pick__takes_language_before_wording),
        cmocka_unit_test(test_template_files_of__gives_what_a_version_pins),
        cmocka_unit_test(test_template_set__keeps_shipped_parts_where_a_home_has_none),
        cmocka_unit_test(test_template_lint__shipped_templates_are_clean),
        cmocka_unit_test(test_template_lint__tells_one_cause_and_what_to_do),
        cmocka_unit_test(test_template_lint__refuses_what_carriers_block),
        cmocka_unit_test(test_template_lint__asks_emails_for_their_parts),
        cmocka_unit_test(test_template_render__says_how_to_stop_texts),
        cmocka_unit_test(test_template_render__keeps_values_text),
        cmocka_unit_test(test_template_render__reads_no_words_in_signed_links),
        cmocka_unit_test(test_template_render__gives_both_parts_of_an_email),
        cmocka_unit_test(test_template_lint__counts_the_practices_own_name),
        cmocka_unit_test(test_sms_names_sender__reads_as_people_do),
        cmocka_unit_test(test_template_describe__tells_labels_and_problems),
        cmocka_unit_test(test_sms_count__agrees_with_the_vectors),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
