#include "source/word.h"

#include <stddef.h>
#include <string.h>

/* One meaning and the keys that have it, parted by blanks. */
struct sense {
    const char *word;
    const char *keys;
};

static bool has_key(const char *keys, const char *key)
{
    size_t len = strlen(key);
    for (const char *at = keys; len > 0 && (at = strstr(at, key)); at += len) {
        bool starts = at == keys || at[-1] == ' ';
        if (starts && (at[len] == ' ' || at[len] == '\0'))
            return true;
    }
    return false;
}

static const char *find(const struct sense *senses, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (has_key(senses[i].keys, key))
            return senses[i].word;
    }
    return NULL;
}

#define FIND(senses, key) find((senses), sizeof(senses) / sizeof((senses)[0]), (key))

bool word_flag(const char *key, enum flag *ret_flag)
{
    static const struct {
        enum flag flag;
        const char *keys;
    } flags[] = {
        {FLAG_YES,
            "y yes yep t true 1 x on ok okay checked check tick ticked si s granted given "
            "agree agreed agrees accept accepted accepts allow allowed allows approved "
            "authorized authorised consent consents consented consentgiven signed enabled "
            "active confirmed wahr vrai oui verdadero"},
        {FLAG_NO,
            "n no nope f false 0 off unchecked none never notgiven notgranted disagree "
            "disagreed decline declined declines deny denied refuse refused refuses reject "
            "rejected disallow disallowed notallowed notauthorized notauthorised noconsent "
            "notconsented doesnotconsent unsigned notsigned disabled inactive falsch faux non "
            "falso withdrawn withdrew revoked"},
        {FLAG_UNKNOWN,
            "unknown na nan null nil notasked notset notspecified unspecified undefined "
            "pending tbd undetermined unsure blank empty notapplicable noanswer "
            "notanswered"},
        {FLAG_IN,
            "optin optedin optedintomarketing subscribed subscribe subscriber in optinyes "
            "doubleoptin singleoptin confirmedoptin"},
        {FLAG_OUT,
            "optout optedout optedoutofmarketing unsubscribed unsubscribe out stop stopped "
            "donotcontact donottext donotemail donotcall dnc nonsubscribed notsubscribed "
            "blocked suppressed cleaned bounced complained spam"},
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (has_key(flags[i].keys, key)) {
            *ret_flag = flags[i].flag;
            return true;
        }
    }
    return false;
}

/* Boulevard's reasons and Zenoti's numbers stand among the words: facts of those systems. */
const char *word_appointment_status(const char *key)
{
    static const struct sense senses[] = {
        {"completed",
            "completed complete completo completado completada closed checkedout checkout "
            "final finalized finalised finished done fulfilled attended seen paid "
            "servicecompleted visitcompleted invoiced charged kept performed rendered "
            "appointmentcompleted realizada atendida"},
        {"booked",
            "booked new scheduled pending requested request reserved accepted awaiting "
            "awaitingconfirmation needacceptance proposed tentative open upcoming unconfirmed "
            "notconfirmed none rescheduled waitlist waitlisted hold held reservada "
            "programada bookedonline neverbooked created"},
        {"confirmed",
            "confirmed confirm confirmada leftmessageconfirmed confirmedbytext "
            "confirmedbysms confirmedbyemail confirmedbyphone reconfirmed"},
        {"arrived",
            "arrived active arrive checkedin checkin inprogress started inservice inroom "
            "show showed readytostart serviceinprogress waiting inlobby roomed present "
            "partiallycompleted llego"},
        {"no_show",
            "noshow noshowed noshows nsh ns missed didnotshow didntshow dna "
            "didnotattend didntattend failedtoattend absent notarrived noasistio "
            "noshowcharged noshowfee"},
        {"late_cancelled",
            "latecancel latecancelled latecanceled latecancellation lc lcancel "
            "cancelledlate canceledlate cancellate clientlatecancel "
            "samedaycancel samedaycancelled samedaycanceled shortnoticecancel "
            "cancelledwithin24hours canceledwithin24hours lateapptcancel"},
        {"cancelled",
            "cancelled canceled cancel cancellation cancelation cx cxl cxld cnl "
            "cancelledbyclient canceledbyclient cancelledbypatient canceledbypatient "
            "cancelledbycustomer cancelledbyseller canceledbycustomer canceledbyseller "
            "cancelledbyprovider canceledbyprovider cancelledbystaff canceledbystaff "
            "cancelledbypractice canceledbypractice earlycancel clientcancel staffcancel "
            "clientcancelled clientcanceled declined denied rejected cancelada cancelado "
            "reschedulerequested"},
        {"void",
            "void voided deleted archived mistake merged offboarded blvdcancelled "
            "enteredinerror error removed draft break breaks blockout personaloff duplicate"},
    };
    return FIND(senses, key);
}

const char *word_record_status(const char *key)
{
    static const struct sense senses[] = {
        {"active",
            "active activa activo current enabled open patient client member nonmember lead "
            "prospect patientprospect notyetseen new newpatient newclient yes y true 1 "
            "returning vip regular expired suspended"},
        {"inactive",
            "inactive inactiva inactivo archived archive discharged dismissed deleted "
            "disabled closed former formerpatient left moved transferred banned blocked "
            "deactivated no n false 0 terminated declined restrictedaccess removed lost"},
        {"deceased", "deceased dead died passedaway expireddeceased fallecido fallecida"},
        {"merged", "merged duplicate mergedduplicate duplicaterecord mergedrecord"},
    };
    return FIND(senses, key);
}

const char *word_membership_status(const char *key)
{
    static const struct sense senses[] = {
        {"active",
            "active activa current enrolled pastdue due unpaid manualpaymentdue "
            "creditcardneeded paid paying overdue pending renewed yes y true 1 open ongoing "
            "renewalmissed missedrenewal failedpayment paymentfailed delinquent"},
        {"paused",
            "paused pause onhold hold frozen freeze suspended suspend inactive scheduled "
            "waitingonsignature upcoming notstarted vacation"},
        {"ended",
            "ended end cancelled canceled cancel expired expire terminated terminate closed "
            "lapsed completed finished no n false 0 none nonmember declined former void "
            "voided refunded"},
    };
    return FIND(senses, key);
}

const char *word_channel(const char *key)
{
    static const struct sense senses[] = {
        {"sms",
            "sms text texts textmessage textmessages texting mobile cell cellphone txt mms "
            "mobilephone texto mensaje mensajes"},
        {"email", "email emails mail correo correoelectronico"},
        {"voice",
            "voice phone call calls phonecall phonecalls telephone home homephone work "
            "workphone telefono llamada landline"},
        {"none",
            "any none nopreference unknown no either all na donotcontact other post letter "
            "app push"},
    };
    return FIND(senses, key);
}

const char *word_language(const char *key)
{
    static const struct sense senses[] = {
        {"en", "english en eng enus engb enca enau ingles american"},
        {"es", "spanish es spa esp esus esmx eses espanol castellano"},
        {"zh", "chinese zh zho mandarin cantonese zhcn zhtw zhhans zhhant"},
        {"vi", "vietnamese vi vie"},
        {"ko", "korean ko kor"},
        {"tl", "tagalog tl fil filipino"},
        {"fr", "french fr fra fre francais frca frfr"},
        {"de", "german de deu ger deutsch"},
        {"pt", "portuguese pt por portugues ptbr ptpt"},
        {"ru", "russian ru rus"},
        {"ar", "arabic ar ara"},
        {"ja", "japanese ja jpn"},
        {"it", "italian it ita italiano"},
        {"hi", "hindi hi hin"},
        {"pl", "polish pl pol"},
        {"fa", "persian farsi fa fas per"},
        {"ht", "haitiancreole haitian ht hat creole"},
        {"hy", "armenian hy hye"},
    };
    return FIND(senses, key);
}

const char *word_gender(const char *key)
{
    static const struct sense senses[] = {
        {"female", "f female woman women w girl femenino mujer transfemale transwoman cisfemale"},
        {"male", "m male man men boy masculino hombre transmale transman cismale"},
        {"other", "o x other nonbinary nb genderqueer genderfluid agender intersex diverse enby"},
    };
    return FIND(senses, key);
}

const char *word_state(const char *key)
{
    static const struct sense senses[] = {{"AL", "al alabama"}, {"AK", "ak alaska"},
        {"AZ", "az arizona"}, {"AR", "ar arkansas"}, {"CA", "ca california calif"},
        {"CO", "co colorado"}, {"CT", "ct connecticut"}, {"DE", "de delaware"},
        {"DC", "dc districtofcolumbia washingtondc"}, {"FL", "fl florida fla"},
        {"GA", "ga georgia"}, {"HI", "hi hawaii"}, {"ID", "id idaho"}, {"IL", "il illinois"},
        {"IN", "in indiana"}, {"IA", "ia iowa"}, {"KS", "ks kansas"}, {"KY", "ky kentucky"},
        {"LA", "la louisiana"}, {"ME", "me maine"}, {"MD", "md maryland"},
        {"MA", "ma massachusetts mass"}, {"MI", "mi michigan mich"}, {"MN", "mn minnesota minn"},
        {"MS", "ms mississippi"}, {"MO", "mo missouri"}, {"MT", "mt montana"},
        {"NE", "ne nebraska"}, {"NV", "nv nevada"}, {"NH", "nh newhampshire"},
        {"NJ", "nj newjersey"}, {"NM", "nm newmexico"}, {"NY", "ny newyork"},
        {"NC", "nc northcarolina"}, {"ND", "nd northdakota"}, {"OH", "oh ohio"},
        {"OK", "ok oklahoma okla"}, {"OR", "or oregon"}, {"PA", "pa pennsylvania penn penna"},
        {"RI", "ri rhodeisland"}, {"SC", "sc southcarolina"}, {"SD", "sd southdakota"},
        {"TN", "tn tennessee tenn"}, {"TX", "tx texas tex"}, {"UT", "ut utah"},
        {"VT", "vt vermont"}, {"VA", "va virginia"}, {"WA", "wa washington wash"},
        {"WV", "wv westvirginia"}, {"WI", "wi wisconsin wis"}, {"WY", "wy wyoming"},
        {"PR", "pr puertorico"}, {"GU", "gu guam"}, {"VI", "vi virginislands usvirginislands"},
        {"AS", "as americansamoa"}, {"MP", "mp northernmarianaislands"}, {"ON", "on ontario"},
        {"QC", "qc quebec"}, {"BC", "bc britishcolumbia"}, {"AB", "ab alberta"},
        {"MB", "mb manitoba"}, {"SK", "sk saskatchewan"}, {"NS", "ns novascotia"},
        {"NB", "nb newbrunswick"}, {"NL", "nl newfoundland newfoundlandandlabrador"},
        {"PE", "pe princeedwardisland"}};
    return FIND(senses, key);
}

const char *word_country(const char *key)
{
    static const struct sense senses[] = {
        {"US", "us usa unitedstates unitedstatesofamerica america eeuu estadosunidos"},
        {"CA", "ca can canada"},
        {"GB", "gb gbr uk unitedkingdom england scotland wales greatbritain"},
        {"MX", "mx mex mexico"},
        {"AU", "au aus australia"},
        {"NZ", "nz nzl newzealand"},
        {"IE", "ie irl ireland"},
        {"DE", "de deu germany"},
        {"FR", "fr fra france"},
        {"ES", "es esp spain"},
        {"AE", "ae are unitedarabemirates uae"},
        {"IN", "in ind india"},
        {"BR", "br bra brazil"},
        {"PR", "pr puertorico"},
    };
    return FIND(senses, key);
}
