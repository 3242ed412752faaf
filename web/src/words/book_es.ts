// book_es.ts: the format's keys, values and explanations in Spanish. What the schema describes and this
// does not is shown in English; a test says which.
import type { bookEn } from "./book_en";

type Like<T> = { readonly [K in keyof T]: { readonly [L in keyof T[K]]: string } };

export const bookEs: Like<typeof bookEn> = {
  keys: {
    after: "Después",
    and_show: "Solo visitas cumplidas",
    at: "En el día",
    auto_answer: "Se responde solo",
    backlog: "Atrasados",
    before_each: "Antes de cada mensaje",
    book: "Servicio que reserva",
    booked: "Reservado",
    chain: "Inicia",
    clock: "Se cuenta desde",
    close_after: "Se cierra tras",
    cool_down: "Descansa",
    crosses: "Entra cuando",
    day: "Día",
    draft_note: "Redactar una nota",
    due: "Plazo",
    entry: "Quién entra",
    escalate: "Escala",
    event: "Ante un suceso",
    exclude: "Nunca",
    exit: "Termina como",
    exits: "Salidas",
    expect: "Espera una respuesta",
    from: "De",
    goal: "Meta",
    holdout: "Excluidos para comparar",
    holds: "Esperas",
    id: "Nombre",
    if: "Si",
    if_blocked: "Si no puede salir",
    lifetime_max: "Veces en la vida",
    limits: "Límites",
    link: "Enlace de reserva",
    max: "Como máximo",
    measure: "Cuánto vale",
    min: "Como mínimo",
    min_sends_before_stop: "Cuenta a partir de",
    never_after: "Nunca después de",
    next: "Sigue con",
    not_before: "No antes de",
    offer: "Oferta",
    only_if: "Solo si",
    order: "En qué orden",
    outcomes: "Resultados",
    owner: "Responsable",
    patients: "Pacientes",
    pause: "Pausa",
    per_day: "Por noche",
    per_day_max: "Al día como máximo",
    pilot: "Piloto",
    playbook: "Nombre del archivo",
    policy: "Quienes ya pasaron el día",
    provider: "Con",
    purpose: "Propósito",
    re_enter: "Volver a entrar",
    reply: "Réplica en",
    response: "Respuesta en",
    resume: "Continúa",
    retry: "De nuevo tras",
    script: "Qué decir",
    send: "Se envía por",
    show: "Muestra",
    skip_if: "Se omite si",
    sla: "En",
    stop_if: "Se pausa solo si",
    suggest_tags: "Sugerir etiquetas",
    suppress: "Qué se detiene",
    tag: "Etiqueta",
    task: "Tarea",
    template: "Mensaje",
    then: "Luego",
    title: "Título",
    to: "Para",
    touches: "Contactos",
    touches_per_30d: "En 30 días",
    use: "Tomado de",
    variants: "Variantes",
    week: "Semana",
    when: "Cuándo",
    window: "Con cuánta antelación",
    within: "En un plazo de",
    write_back: "Se avisa al sistema de citas",
  },
  values: {
    "policy.skip": "skip: nadie",
    "policy.spread": "spread: tantos por noche",
    "policy.all": "all: todos a la vez",
    "order.value": "value: quien más gastó",
    "order.oldest": "oldest: quien más espera",
    "order.newest": "newest: los últimos",
    "suppress.nothing": "nada",
    "suppress.marketing": "marketing",
    "suppress.all": "all: todo",
    "then.approval": "approval: alguien aplica un plan",
    "before_each.approval": "approval: lo mira una persona",
    "pause.until_told": "hasta nuevo aviso",
    "resume.never": "nunca por sí solo",
    "provider.last": "last: quien le atendió",
    "provider.any": "any: quien esté libre",
    "from.practice": "la consulta",
    "from.provider(last_visit)": "quien le atendió la última vez",
    "auto_answer.never": "nunca",
    "per_day_max.staff_capacity(calls)": "lo que la consulta puede llamar",
    any: "cualquier servicio",
    care: "atención",
    due: "due: le toca",
    email: "correo",
    false: "no",
    late: "late: tarde",
    lost: "lost: perdido",
    marketing: "marketing",
    sms: "SMS",
    true: "sí",
  },
};

export const hintsEs: Readonly<Record<string, string>> = {
  "Who is written to, in which order, and when it stops. Checked in full by `perennial check`.":
    "A quién se escribe, en qué orden y cuándo termina. `perennial check` lo comprueba todo.",
  "The name; the file is named after it.":
    "El nombre; el archivo se llama igual.",
  "As people see it; without it the name.":
    "Como lo ven las personas; si falta, el nombre.",
  "Who answers for it.":
    "Quién responde por él.",
  "A care playbook carries no offer.":
    "Un plan de atención no lleva ofertas.",
  "What day 0 of the service clock is counted from.":
    "Desde cuándo se cuenta el día 0 del reloj del servicio.",
  "What it is worth: the goal, and who is left out to compare.":
    "Cuánto vale: la meta y quién se aparta para comparar.",
  "What happens on which day, in order.":
    "Qué ocurre cada día, en orden.",
  "A person has the ball and nothing is sent meanwhile; the first that is true holds.":
    "Le toca a una persona y mientras tanto no se envía nada; vale la primera que se cumpla.",
  "The same block of another playbook; a name written here replaces it there.":
    "El mismo bloque de otro plan; un nombre escrito aquí sustituye al de allí.",
  "The first that is true ends it; one has `at`.":
    "La primera que se cumpla lo termina; una lleva `at`.",
  "Narrower than the practice, never wider.":
    "Más estrechos que los de la consulta, nunca más amplios.",
  "Lower-case letters, digits, - and _, beginning with a letter.":
    "Minúsculas, cifras, - y _; empieza por una letra.",
  "A length of time. Months and days are calendar units.":
    "Un plazo. Los meses y los días son de calendario.",
  "An expression: docs/expressions.md.":
    "Una expresión: docs/expressions.md.",
  "A share, like 10%.":
    "Una parte, como 10%.",
  "Who enters, and when.":
    "Quién entra y cuándo.",
  "The mark of the service clock on which a patient may enter.":
    "La marca del reloj del servicio en la que puede entrar un paciente.",
  "The last such day; without it there is no end.":
    "El último de esos días; si falta, no hay fin.",
  "Must be true as well. Unknown means no.":
    "También debe cumplirse. Si no se sabe, es que no.",
  "`standard`, or exclusions by name. Without it: standard.":
    "`standard` o exclusiones por su nombre. Si falta: standard.",
  "Who was past the day already at the launch.":
    "Quienes ya habían pasado el día al empezar.",
  "The first so many, before everybody.":
    "Unos pocos primero, antes que todos.",
  "How many enter in one day at most.":
    "Cuántos entran como máximo en un día.",
  "What happens to those who were past the day when the playbook was launched.":
    "Qué pasa con quienes ya habían pasado el día cuando empezó el plan.",
  "With `spread`: how many of them enter in one night.":
    "Con `spread`: cuántos de ellos entran por noche.",
  "Who of them first.":
    "Quiénes de ellos primero.",
  "Coming back: all four parts must allow it. Without it: once in a life.":
    "Volver a entrar: las cuatro partes deben permitirlo. Si falta: una vez en la vida.",
  "Whole days since the last exit.":
    "Días enteros desde la última salida.",
  "Only then may they come back.":
    "Solo entonces pueden volver.",
  "Enrollments in one life.":
    "Entradas en toda la vida.",
  "Exits after which nobody comes back.":
    "Salidas tras las que nadie vuelve.",
  "What a pilot takes by default.":
    "Los que toma un piloto si no se dice otra cosa.",
  "Nothing follows until somebody applies a plan.":
    "No sigue nada hasta que alguien aplique un plan.",
  "What counts as a success.":
    "Qué cuenta como éxito.",
  "Households left out on purpose, 0% to 50%.":
    "Hogares apartados a propósito, de 0% a 50%.",
  "Pauses the playbook above this.":
    "Por encima de esto, el plan se pausa.",
  "People written to before the bound counts; 50 without it.":
    "Personas contactadas antes de que valga el límite; 50 si falta.",
  "A service, or `any`.":
    "Un servicio, o `any`.",
  "Days after the entry; 30d without it.":
    "Días desde la entrada; 30d si falta.",
  "Only kept visits count.":
    "Solo cuentan las visitas cumplidas.",
  "A message or a task on its day.":
    "Un mensaje o una tarea en su día.",
  "Stable: history, reports and enrollments name it.":
    "No cambia: lo nombran el historial, los informes y las entradas.",
  "After the first day; the day opens at the practice's send_from, patient-local.":
    "Días desde el primero; el día empieza a la hora send_from de la consulta, en la zona del paciente.",
  "Week n opens on day 7 * (n - 1).":
    "La semana n empieza el día 7 * (n - 1).",
  "A message by the first of these that may be used.":
    "Un mensaje por el primero de estos que se pueda usar.",
  "What the message says: a name under templates.":
    "Qué dice el mensaje: un nombre de los mensajes.",
  "In whose name it is sent.":
    "En nombre de quién se envía.",
  "Where the link for booking leads.":
    "Adónde lleva el enlace de reserva.",
  "An offer of definitions.yaml; a discount or add-on at touch 3 at the earliest.":
    "Una oferta de definitions.yaml; un descuento o extra, como pronto en el tercer contacto.",
  "Compared with each other, drawn by patient.":
    "Se comparan entre sí, a sorteo por paciente.",
  "`48h after remind.delivered`.":
    "`48h after remind.delivered`: 48 horas tras la entrega.",
  "Only then. Unknown means no.":
    "Solo entonces. Si no se sabe, es que no.",
  "Passed over then. Unknown means go.":
    "Entonces se omite. Si no se sabe, sale.",
  "`skip` or `wait 2d then skip`; default `wait 72h then skip`.":
    "`skip` o `wait 2d then skip`; si falta, `wait 72h then skip`.",
  "Something that a person does, instead of a message.":
    "Algo que hace una persona, en lugar de un mensaje.",
  "The role that does it; by the kind of task without it.":
    "El puesto que la hace; si falta, según la tarea.",
  "`1 business day` (default), `4h` or `2d`.":
    "`1 business day` (si falta), `4h` o `2d`.",
  "As many as the practice can call in a day.":
    "Tantas como la consulta pueda llamar en un día.",
  "The words for whoever calls.":
    "Las palabras para quien llama.",
  "What the task shows of the patient.":
    "Qué muestra la tarea del paciente.",
  "What it may come to, and what follows.":
    "En qué puede quedar y qué sigue.",
  "What is suggested once it is done.":
    "Qué se sugiere al terminar.",
  "With whom.":
    "Con quién.",
  "How far ahead.":
    "Con cuánta antelación.",
  "How long an answer is waited for before the next touch.":
    "Cuánto se espera una respuesta antes del siguiente contacto.",
  "48h without it.":
    "48h si falta.",
  "The same, for an answer in words.":
    "Lo mismo, para una respuesta escrita.",
  "Ends it as this exit.":
    "Termina con esta salida.",
  "The task comes again after this.":
    "La tarea vuelve tras este plazo.",
  "How many tries.":
    "Cuántos intentos.",
  "A note to look through.":
    "Una nota para revisar.",
  "Tags to choose from.":
    "Etiquetas para elegir.",
  "A person has the ball; nothing is sent meanwhile.":
    "Le toca a una persona; mientras tanto no se envía nada.",
  "Holds while this is true.":
    "Espera mientras esto se cumpla.",
  "A person approves each message.":
    "Una persona aprueba cada mensaje.",
  "What the person is asked to do.":
    "Qué se pide a la persona.",
  "Answered within.":
    "Plazo para responder.",
  "`2h to manager`.":
    "`2h to manager`: a las 2 horas, a la gerencia.",
  "Questions that may be answered without a person, of those the practice allows.":
    "Preguntas que pueden responderse sin una persona, de las que la consulta permite.",
  "Whether the sequence goes on by itself.":
    "Si la secuencia continúa por sí sola.",
  "So long after the hold began.":
    "Cuánto después de empezar la espera.",
  "And only if this holds.":
    "Y solo si esto se cumple.",
  "Ends the enrollment at once and cancels everything queued.":
    "Termina al momento y cancela todo lo que espera.",
  "Ends as soon as this is true.":
    "Termina en cuanto esto se cumpla.",
  "Ends at such an event since entry.":
    "Termina ante un suceso así desde la entrada.",
  "Ends on this day, for who never answered.":
    "Termina ese día, para quien nunca respondió.",
  "A tag that the patient gets.":
    "Una etiqueta que recibe el paciente.",
  "What is not sent any more.":
    "Qué no se envía más.",
  "Told to the booking system, or to staff.":
    "Se comunica al sistema de citas o al personal.",
  "No messages until the patient says so.":
    "Sin mensajes hasta que el paciente lo diga.",
  "So long nobody comes back, in any playbook of the purpose.":
    "Durante este plazo nadie vuelve, en ningun plan de ese propósito.",
  "What a person is asked to do then.":
    "Qué se pide entonces a una persona.",
  "Not started by this version.":
    "Esta versión no lo inicia.",
  "A playbook that may take the patient on.":
    "Un plan que puede seguir con el paciente.",
  "Messages and tasks for one patient in 30 days.":
    "Mensajes y tareas para un paciente en 30 días.",
};
