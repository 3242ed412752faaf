/* note_words.c: what people write after a call, in English and Spanish, short and long. */
#include "note/note_int.h"

/* clang-format off */
const struct note_phrase note_phrases[] = {
    {SIGN_OUTCOME, NOTE_WRONG_NUMBER, NULL,
        "wrong number|wrong #|wrong num|wn|not her number|not his number|not their number|"
        "number _ disconnected|disconnected|not in service|number _ reassigned|bad number|"
        "bad #|someone else answered|somebody elses number|numero equivocado|no es su numero|"
        "fuera de servicio|equivocado|different person|no such person"},
    {SIGN_OUTCOME, NOTE_BOOKED, NULL,
        "booked|booked her|booked him|is booked|scheduled|on the books|on the schedule|"
        "set up _ appt|set up _ appointment|made _ appt|made _ appointment|appt made|appt set|"
        "appointment made|rebooked|rescheduled|agendada|agendado|agendo|agende|cita hecha|"
        "quedo agendada|reservada|reservo|se agendo|tiene cita|hizo cita|confirmed for|"
        "put her in|put him in|got her in|got him in"},
    {SIGN_OUTCOME, NOTE_DECLINED, NULL,
        "not interested|no interest|declined|declines|said no|says no|not now|no thanks|"
        "no thank you|doesnt want|does not want|didnt want|not coming back|wont be back|"
        "wont come back|passed|going elsewhere|goes elsewhere|went elsewhere|moved away|"
        "found another|has another|ni|no le interesa|no esta interesada|no esta interesado|"
        "no quiere|no gracias|dijo que no|ya no quiere|no va a volver|se mudo|va a otro|"
        "va con otra|pregnant|embarazada|lost interest|hard no|not for her|not for him|"
        "cant afford"},
    {SIGN_OUTCOME, NOTE_CALL_BACK, NULL,
        "call back|call her back|call him back|call them back|callback|cb|cbk|clbk|call again|"
        "call her _ later|call later|call him later|call her|call him|try again|try back|"
        "try later|retry|ring back|ring her|ring again|ring him|phone again|phone back|"
        "follow up|followup|fu|f/u|check back|check in|reach out|busy|in a meeting|driving|"
        "at work|cant talk|couldnt talk|bad time|not a good time|volver a llamar|llamar|"
        "llamarla|llamarlo|llame|llamala|llamalo|devolver llamada|marcar|marcarle|"
        "regresar llamada|ocupada|ocupado|en junta|esta manejando|reintentar|will think|"
        "thinking about it|thinking it over|needs to check|checking with|talk to husband|"
        "lo va a pensar|lo piensa|tiene que ver"},
    {SIGN_OUTCOME, NOTE_LEFT_MESSAGE, NULL,
        "lm|lvm|lmom|lmovm|l/m|left message|left _ message|left msg|left _ msg|left vm|"
        "left _ vm|left voicemail|left _ voicemail|left voice mail|left word|"
        "left her _ message|left him _ message|left vmail|left a note with|message left|"
        "msg left|vm left|voicemail left|deje mensaje|deje un mensaje|deje recado|deje buzon|"
        "mensaje en buzon|deje _ mensaje|deje msj|se dejo mensaje|deje dicho"},
    {SIGN_OUTCOME, NOTE_NO_ANSWER, NULL,
        "no answer|no ans|na|n/a|noans|no pick up|no pickup|didnt answer|did not answer|"
        "didnt pick up|did not pick up|rang out|just rang|rings and rings|no response|no reply|"
        "not answering|wont pick up|never picked up|nobody answered|nobody picked up|hung up|"
        "hangs up|mailbox full|vm full|voicemail full|mailbox is full|vm not set up|no vm|"
        "no voicemail|no contesta|no contesto|no respondio|no responde|buzon lleno|"
        "sin respuesta|colgo|no atendio|nc|cant leave _ message|couldnt leave _ message|"
        "did not leave|didnt leave|unable to reach|couldnt reach|not home|no luck"},
    {SIGN_MACHINE, NOTE_LEFT_MESSAGE, NULL,
        "vm|voicemail|voice mail|buzon|buzon de voz|went to vm|straight to vm|"
        "answering machine|contestadora"},
    {SIGN_OUTCOME, NOTE_REACHED, NULL,
        "spoke|spoke with|spoke to|talked|talked to|talked with|chatted|reached|reached her|"
        "reached him|got her|got him|got hold of|got ahold of|she said|he said|she says|"
        "he says|she wants|he wants|she asked|he asked|answered|picked up|pt said|pt wants|"
        "pt asked|wants|asked|asking|interested|would like|hable|hable con|hablamos|contesto|"
        "platique|dijo|pregunto|quiere|le interesa|interesada|interesado|pide|pidio|good call|"
        "nice chat|happy with|loves"},
    {SIGN_OUTCOME, NOTE_DONE, NULL,
        "done|taken care of|handled|complete|completed|listo|hecho|resuelto|all set|sorted"},

    {SIGN_STOP, 0, NULL,
        "do not contact|dont contact|dnc|do not call|dont call|stop calling|no more calls|"
        "no more texts|take _ off _ list|take her off|take him off|off the list|"
        "remove from list|remove from _ list|remove her|remove him|stop texting|"
        "stop contacting|unsubscribe|opt out|opted out|wants out|leave her alone|"
        "leave him alone|never call|never contact|no llamar|no contactar|no volver a llamar|"
        "no mas llamadas|no mas mensajes|dar de baja|darla de baja|darlo de baja|"
        "quitarla de la lista|quitarlo de la lista|que no le llamen|que no llamen|no la llamen|"
        "no lo llamen|no quiere mensajes|no quiere llamadas"},
    {SIGN_HEALTH, 0, NULL,
        "swelling|swollen|bruise|bruising|bruised|pain|painful|hurts|hurting|infection|"
        "infected|lump|lumps|bump|bumps|nodule|droop|drooping|droopy|numb|numbness|blister|"
        "blisters|burn|burned|burning|rash|hives|fever|white spot|turning white|vision|dizzy|"
        "fainted|allergic|reaction|vomiting|throwing up|nausea|side effects|uneven|lopsided|"
        "hinchada|hinchado|hinchazon|moreton|moretones|dolor|duele|infeccion|bolita|bolitas|"
        "parpado caido|entumecida|ampolla|quemadura|sarpullido|ronchas|fiebre|vision borrosa|"
        "mareada|alergica|reaccion|vomito|vomitando|nauseas"},

    {SIGN_NEXT, NOTE_NEXT_MANAGER, NULL,
        "manager|upset|angry|furious|complaint|complaining|complains|refund|"
        "wants her money back|wants his money back|bad review|gerente|encargada|encargado|"
        "molesta|molesto|enojada|enojado|queja|reembolso|se queja|devolucion|dispute|"
        "overcharged|livid|mad about|unhappy"},
    {SIGN_NEXT, NOTE_NEXT_CALL, NULL,
        "call back|call her|call him|call them|callback|cb|cbk|clbk|call again|call later|"
        "try again|try back|try later|retry|ring back|ring her|ring him|ring again|phone again|"
        "phone back|follow up|followup|fu|f/u|check back|check in|reach out|call on|call in|"
        "call at|call after|call before|call next|call tomorrow|call mon|call tue|call tues|"
        "call wed|call thu|call thur|call thurs|call fri|call sat|call monday|call tuesday|"
        "call wednesday|call thursday|call friday|call saturday|try mon|try tue|try tues|"
        "try wed|try thu|try thurs|try fri|try sat|try tomorrow|try next|try after|try in|"
        "volver a llamar|llamar|llamarla|llamarlo|llame|llamala|llamalo|devolver llamada|"
        "marcar|marcarle|regresar llamada|reintentar|volver a marcar|intentar"},
    {SIGN_NEXT, NOTE_NEXT_TEXT, NULL,
        "text her|text him|text them|text back|txt her|txt him|txt back|send _ text|send _ sms|"
        "text on|text next|text in|text tomorrow|mandarle mensaje|mandar mensaje|"
        "enviar mensaje|mandar texto|mandarle texto|textear|textearle|escribirle|escribir el"},
    {SIGN_NEXT, NOTE_NEXT_EMAIL, NULL,
        "email her|email him|email them|send _ email|send by email|e-mail her|e-mail him|"
        "mandar correo|enviar correo|mandarle correo|mandarle un correo|email quote|email the|"
        "email info|email prices"},
    {SIGN_NEXT, NOTE_NEXT_SEND, NULL,
        "send link|send _ link|send info|send _ info|send price|send prices|send _ prices|"
        "send _ price list|send forms|send _ form|send intake|send menu|send _ menu|send pics|"
        "send _ photos|mandar link|mandarle el link|mandar precios|mandarle precios|"
        "mandar info|mandarle info|enviar link|enviar precios|enviar informacion|"
        "mandar informacion|send financing|send quote|send _ quote|send _ directions|"
        "send cherry|send aftercare"},
    {SIGN_NEXT, NOTE_NEXT_BOOK, NULL,
        "wants to book|ready to book|will book|wants appt|wants an appt|wants an appointment|"
        "wants appointment|wants to come in|find _ slot|find _ time|waitlist|wait list|"
        "lista de espera|quiere cita|quiere agendar|quiere venir|quiere reservar|needs appt|"
        "wants in"},

    {SIGN_TAG, 0, "financing",
        "financing|finance|payment plan|payment plans|pay over time|monthly payments|cherry|"
        "carecredit|care credit|affirm|installments|a plazos|pagos|mensualidades|"
        "meses sin intereses|financiamiento|pagar en partes|klarna|afterpay|pay monthly"},
    {SIGN_TAG, 0, "price_sensitive",
        "too expensive|too much $|pricey|cost is|price is|costs too much|price shopping|"
        "cant afford|money is tight|on a budget|budget|muy caro|caro|cara|no le alcanza|"
        "cheaper|waiting for _ sale|wants _ discount|wants _ deal|precio alto|muy cara|"
        "price too high|sticker shock|price concern|price objection"},
    {SIGN_TAG, 0, "prefers_sms",
        "prefers text|prefers texts|text only|texts only|text is better|text better|"
        "prefers sms|would rather text|rather text|wants texts|text dont call|text not call|"
        "prefiere mensaje|prefiere mensajes|prefiere texto|prefiere textos|mejor por texto|"
        "mejor por mensaje|solo texto|solo mensajes|likes texts|prefers txt|best by text"},
    {SIGN_TAG, 0, "prefers_call",
        "prefers call|prefers calls|prefers a call|prefers phone|call only|calls only|"
        "rather talk|likes to talk|prefiere llamada|prefiere llamadas|prefiere que le llamen|"
        "mejor por telefono|doesnt text|no texts please call|best by phone|phone is better|"
        "wants calls"},
    {SIGN_TAG, 0, "prefers_email",
        "prefers email|prefers emails|email only|email is better|email better|rather email|"
        "prefiere correo|prefiere email|mejor por correo|solo correo|best by email|wants emails"},
    {SIGN_TAG, 0, "wants_saturday",
        "wants sat|wants saturday|wants _ sat|wants _ saturday|quiere _ sabado|wants saturdays|"
        "only sat|only saturday|only saturdays|saturdays only|sat only|saturday only|needs sat|"
        "needs saturday|needs saturdays|prefers sat|prefers saturday|prefers saturdays|"
        "sats only|saturdays work|saturdays best|sat works|sat is best|a sat|a saturday|"
        "on saturdays|sabados|solo sabado|solo sabados|quiere sabado|prefiere sabado|"
        "weekends only|wants weekend|wants weekends|fin de semana|fines de semana|"
        "needs weekends|prefers weekends|only weekends"},
    {SIGN_TAG, 0, "wants_sunday",
        "wants sunday|wants sundays|only sundays|sundays only|sunday only|prefers sundays|"
        "needs sunday|domingos|solo domingo|quiere domingo|prefiere domingo"},
    {SIGN_TAG, 0, "wants_evening",
        "evenings|evenings only|wants evening|wants evenings|after work|needs evenings|"
        "only evenings|prefers evenings|late appts|late appointments|wants late|after 5 only|"
        "only after 5|only after 6|en la tarde|por la tarde|tardes|despues del trabajo|"
        "saliendo del trabajo|wants after 5|wants after 6|needs after 5|needs after 6|"
        "late afternoon"},
    {SIGN_TAG, 0, "wants_morning",
        "mornings|mornings only|wants morning|wants mornings|needs mornings|only mornings|"
        "early appts|prefers mornings|wants early|en las mananas|por las mananas|"
        "solo en la manana|prefiere en la manana|prefiere manana temprano|mornings best|"
        "before work|antes del trabajo|por la manana|en la manana|mananas"},
    {SIGN_TAG, 0, "wants_soon",
        "asap|as soon as possible|wants in soon|soonest|this week if|lo antes posible|"
        "lo mas pronto|cuanto antes|needs soon|first available|next available|wants soon|"
        "urgente"},
    {SIGN_TAG, 0, "spanish",
        "spanish|spanish only|speaks spanish|spanish speaker|habla espanol|solo espanol|"
        "en espanol|only speaks spanish|no english|no habla ingles"},
    {0, 0, NULL, NULL},
};

const char *const note_short[][2] = {
    {"tmrw", "tomorrow"}, {"tmr", "tomorrow"}, {"tmw", "tomorrow"}, {"tmmrw", "tomorrow"},
    {"tom", "tomorrow"}, {"tomo", "tomorrow"}, {"2moro", "tomorrow"}, {"tomorow", "tomorrow"},
    {"wk", "week"}, {"wks", "weeks"}, {"nxt", "next"}, {"morn", "morning"}, {"aft", "after"},
    {"aftn", "afternoon"}, {"eve", "evening"}, {"b4", "before"}, {"mo", "month"},
    {"mos", "months"}, {"mth", "month"}, {"weds", "wednesday"}, {"sept", "september"},
    {"frid", "friday"}, {"satur", "saturday"}, {"mond", "monday"}, {NULL, NULL},
};
/* clang-format on */
