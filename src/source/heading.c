/* heading.c: what headings mean, kind by kind. Facts of exports, and the words people use. */
#include <assert.h>
#include <string.h>

#include "source/kind.h"

/* Keys of one column, the best name of it first. */
struct synonym {
    int column;
    const char *keys;
};

static const struct synonym patient_headings[] = {
    {FIELD_ID,
        "patientid squarecustomerid clientid customerid guestid patientguid patientnumber "
        "clientnumber customernumber clientuniqueid uniqueid rssid guestcode usercode mrn "
        "medicalrecordnumber chartnumber chartid patientno clientno customerno accountnumber "
        "recordid personid contactid id externalid referenceid"},
    {FIELD_FIRST_NAME, "firstname givenname fname first forename legalfirstname nombre"},
    {FIELD_LAST_NAME, "lastname familyname surname lname last legallastname apellido apellidos"},
    {FIELD_PREFERRED_NAME, "preferredname nickname goesby knownas preferredfirstname"},
    {COLUMN_FULL_NAME,
        "fullname name patientname clientname customername guestname displayname contactname "
        "patient client customer guest"},
    {FIELD_BIRTH_DATE, "birthdate dateofbirth dob birthday birthdatedob bday fechadenacimiento"},
    {FIELD_GENDER, "gender sex genderidentity identifyinggender genero sexo"},
    {FIELD_MOBILE_PHONE,
        "mobilephone mobile cellphone cell mobilenumber cellnumber mobilephonenumber "
        "cellphonenumber mobileno cellno phonemobile phonecell phonewithcountrycode smsnumber "
        "textnumber celular movil"},
    {COLUMN_PHONE,
        "phone phonenumber telephone primaryphone mainphone contactnumber contactphone bestphone "
        "phone1 phoneno telephonenumber tel primaryphonenumber telefono"},
    {FIELD_HOME_PHONE,
        "homephone homenumber phonehome homephonenumber dayphone nightphone eveningphone landline "
        "altphone alternatephone alternativephone secondaryphone phone2 otherphone"},
    {FIELD_WORK_PHONE, "workphone worknumber phonework workphonenumber businessphone officephone"},
    {FIELD_EMAIL_ADDRESS,
        "email emailaddress primaryemail mail email1 emailid correo "
        "correoelectronico"},
    {FIELD_ADDRESS,
        "address streetaddress streetaddress1 address1 addressline1 street "
        "mailingaddress homeaddress direccion"},
    {COLUMN_ADDRESS_2, "address2 streetaddress2 addressline2 apt unit suite"},
    {FIELD_CITY, "city town suburb ciudad"},
    {FIELD_STATE, "state province stateprovince provincestate region stateregion estado"},
    {FIELD_ZIP,
        "zip zipcode postalcode postcode postal zippostalcode zippostal postalzip "
        "codigopostal"},
    {FIELD_COUNTRY, "country countryname countrycode pais"},
    {FIELD_TIME_ZONE, "timezone tz"},
    {FIELD_PREFERRED_PROVIDER,
        "preferredprovider primaryprovider preferredstaff preferredpractitioner "
        "primarypractitioner assignedprovider preferredstaffmember preferredemployee provider "
        "practitioner"},
    {FIELD_PREFERRED_LANGUAGE, "preferredlanguage language lang idioma"},
    {FIELD_PREFERRED_CHANNEL,
        "preferredchannel preferredcontactmethod preferredcontact contactpreference contactmethod "
        "preferredmethodofcontact communicationpreference preferredcommunication "
        "preferredcommunicationmethod"},
    {FIELD_MEMBERSHIP_PLAN,
        "membershipplan membershipname membershiptype membership membershiplevel plan"},
    {FIELD_MEMBERSHIP_STATUS, "membershipstatus"},
    {FIELD_MEMBERSHIP_RENEWAL,
        "membershiprenewal membershiprenewaldate membershiprenewson renewaldate renewal renewson "
        "nextbillingdate nextchargedate nextcollectiondate membershipexpiration"},
    {FIELD_LOYALTY_POINTS,
        "loyaltypoints points pointsbalance loyaltybalance rewardpoints rewardspoints "
        "loyaltypointsbalance rewardsbalance"},
    {FIELD_LOYALTY_POINTS_EXPIRE_ON,
        "loyaltypointsexpireon pointsexpireon pointsexpiration pointsexpirationdate "
        "pointsexpirydate pointsexpiry pointsexpire loyaltypointsexpire loyaltypointsexpiration "
        "loyaltyexpiry"},
    {FIELD_EMAIL_CONSENT,
        "emailconsent emailoptin marketingemailoptin eligibleformarketingemail "
        "emailsubscriptionstatus receivemarketingemail receivemarketingemails marketingemail "
        "marketingemails emailmarketing emailmarketingconsent marketingemailconsent "
        "sendmarketingemails sendpromotionalemails sendmarketingemail consentemail "
        "emailsubscribed subscribedtoemail acceptsemailmarketing emailpermission "
        "consenttoemail acceptsmarketing promotionalemails"},
    {FIELD_SMS_CONSENT,
        "smsconsent smsoptin textconsent textoptin marketingsmsoptin marketingtextoptin "
        "eligibleformarketingtext receivemarketingsms receivemarketingtexts marketingsms "
        "marketingtext marketingtexts smsmarketing textmarketing smsmarketingconsent "
        "marketingsmsconsent marketingtextconsent textmessageconsent sendpromotionaltexts "
        "consentsms consenttext smspermission smssubscribed acceptssms acceptssmsmarketing "
        "consenttotext consenttosms smssubscriptionstatus promotionaltexts"},
    {FIELD_VOICE_CONSENT,
        "voiceconsent phoneconsent callconsent calloptin voiceoptin phoneoptin consentvoice "
        "consentcall consenttocall marketingcalls"},
    {FIELD_CONSENT_ON,
        "consenton consentdate dateofconsent consentedon consentsignedon consentsigned "
        "consentgivenon consentsigneddate optindate consentcapturedon consenttimestamp"},
    {FIELD_CONSENT_SOURCE,
        "consentsource sourceofconsent optinsource consentmethod "
        "consentevidence consentform"},
    {FIELD_PHI_MARKETING_AUTH,
        "phimarketingauth phimarketingauthorization hipaamarketingauthorization "
        "hipaamarketingauth marketingauthorization hipaaauthorization phiauthorization phiauth "
        "hipaamarketing hipaamarketingconsent"},
    {FIELD_MARKETING_OPT_OUT,
        "marketingoptout optoutofmarketing optedoutofmarketing donotcontact dnc optout optedout "
        "nomarketing donotmarket allmarketingoptout"},
    {FIELD_SMS_OPT_OUT,
        "smsoptout textoptout smsoptedout donottext donotsms smsunsubscribed "
        "unsubscribedfromsms optedoutofsms optedoutoftexts notexts nosms smsstop"},
    {FIELD_EMAIL_UNSUBSCRIBED,
        "emailunsubscribed emailoptout emailoptedout donotemail unsubscribed unsubscribedfromemail "
        "optedoutofemail noemail noemails unsubscribe"},
    {FIELD_VOICE_OPT_OUT, "voiceoptout calloptout phoneoptout donotcall optedoutofcalls nocalls"},
    {FIELD_PAUSED_UNTIL, "pauseduntil pauseuntil donotcontactuntil snoozeduntil holduntil"},
    {FIELD_BILLING_DISPUTE,
        "billingdispute indispute paymentdispute openbillingdispute "
        "unresolvedbillingdispute disputed"},
    {FIELD_CLINICAL_CONCERN, "clinicalconcern openclinicalconcern clinicalflag adverseevent"},
    {FIELD_DECEASED, "deceased isdeceased deceasedat deceaseddate deceasedon dateofdeath"},
    {FIELD_RECORD_STATUS,
        "recordstatus patientstatus clientstatus customerstatus status "
        "activeinactive active isactive accountstatus"},
    {COLUMN_INACTIVE, "inactive isinactive archived isarchived dischargedat dischargedon"},
    {FIELD_VIP, "vip isvip vipstatus vipclient vippatient"},
    {FIELD_STAFF_OR_FAMILY,
        "stafforfamily stafffamily isstaff staff family employee isemployee "
        "friendsandfamily friendsfamily"},
    {FIELD_TAGS, "tags tag labels label groups clienttags patienttags categories"},
    {FIELD_CREATED_ON,
        "createdon createdat created createddate creationdate dateadded datecreated addedon "
        "membersince customersince clientsince patientsince registrationdate registeredon "
        "joindate joinedon signupdate firstseen"},
    {COLUMN_DROPPED,
        "notes note memo comments clinicalnotes medicalalert medicalalerts allergies medications "
        "alerts personalhealthnumber healthnumber lastvisit lastvisitdate firstvisit "
        "firstvisitdate firstappointmentdate lastappointmentdate lastappointment "
        "nextappointment totalamountspent transactioncount lifetimespend noshowscancel appbooked "
        "checkins amountpaid onlinebooking creationsource instantprofile companyname company "
        "blockedfromonlinebooking middlename prefix suffix title pronouns faxphone fax "
        "referralsource referredto referredby guardianname emergencycontact anniversary "
        "middleinitial noshows totalspent visits totalvisits lastupdated enrolllocationid "
        "photo password username"},
};

static const struct synonym appointment_headings[] = {
    {FIELD_ID,
        "appointmentid bookingid visitid apptid appointmentguid appointmentnumber "
        "bookingnumber reservationid appointmentno eventid id"},
    {FIELD_PATIENT_ID,
        "patientid clientid customerid squarecustomerid guestid patientguid patientnumber "
        "clientnumber customernumber clientuniqueid guestcode usercode rssid mrn patientno "
        "clientno chartnumber"},
    {FIELD_START,
        "start startat startsat startdatetime appointmentstart appointmentstartdatetime "
        "appointmentdatetime datetime appointmentstarttime scheduledstart scheduledfor "
        "starttimelocal begin begins"},
    {COLUMN_START_DATE,
        "startdate appointmentdate date visitdate apptdate servicedate "
        "scheduleddate appointmentday day fecha"},
    {COLUMN_START_TIME, "starttime appointmenttime time visittime appttime hora"},
    {FIELD_END,
        "end endat endsat enddatetime appointmentend appointmentenddatetime "
        "appointmentendtime scheduledend finish"},
    {COLUMN_END_TIME, "endtime finishtime"},
    {FIELD_DURATION_MIN,
        "durationmin duration durationminutes durationmins durationinminutes lengthmin length "
        "minutes serviceduration treatmentduration appointmentlength appointmentduration"},
    {FIELD_LOCATION,
        "location locationname clinic clinicname center centername branch office "
        "site store"},
    {FIELD_PROVIDER,
        "provider providername serviceprovider staffmembername staffmember staffname staff "
        "practitioner practitionername calendar employee employeename therapist therapistname "
        "clinician teammember doctor stylist technician bookedwith resource proveedor"},
    {FIELD_SERVICE,
        "service servicename servicetitle treatment treatmentname appointmenttype services "
        "sessiontype sessiontypename visittype procedure type classtype servicio tratamiento"},
    {FIELD_SERVICE_CATEGORY,
        "servicecategory category treatmentcategory servicegroup "
        "categoryname discipline department program"},
    {FIELD_STATUS,
        "status appointmentstatus bookingstatus apptstatus visitstatus "
        "appointmentstate estado"},
    {COLUMN_LABEL, "label labels"},
    {COLUMN_NO_SHOW, "noshow isnoshow missed noshowflag"},
    {COLUMN_CANCELLED, "cancelled canceled iscancelled iscanceled"},
    {FIELD_TOTAL,
        "total totalprice totalamount appointmentprice price amount invoicetotal grandtotal "
        "netsales treatmentprice serviceprice revenue charge amountdue totalpaid amountpaid "
        "amtpaid amountpaidonline cost fee paid precio"},
    {FIELD_BOOKED_ON,
        "bookedon bookedat datebooked bookingdate bookeddate datescheduled "
        "scheduledon createdon createdat created createddate datecreated"},
    {FIELD_CANCELLED_ON,
        "cancelledon canceledon cancelledat canceledat cancellationdate "
        "cancelledtime canceldate cancelleddate canceleddate cancelationdate "
        "datecancelled datecanceled"},
    {FIELD_CANCEL_REASON,
        "cancelreason cancellationreason cancelledreason canceledreason "
        "cancelationreason reasonforcancellation"},
    {FIELD_SERIES_ID, "seriesid packageid treatmentplanid planid courseid"},
    {FIELD_SERIES_NUMBER, "seriesnumber sessionnumber sessionno session visitnumber seriessession"},
    {FIELD_SERIES_TOTAL,
        "seriestotal sessionstotal totalsessions sessionsinseries packagesessions "
        "seriessessions seriescount sessionsplanned"},
    {FIELD_INTRO_OFFER,
        "introoffer intro introductoryoffer isintro newclientoffer introvisit "
        "newpatientoffer"},
    {FIELD_FIRST_NAME, "firstname fname givenname first"},
    {FIELD_LAST_NAME, "lastname lname familyname surname last"},
    {COLUMN_FULL_NAME,
        "clientname patientname customername guestname client patient customer "
        "guest name fullname bookedfor"},
    {FIELD_MOBILE_PHONE,
        "mobilephone mobile cellphone cell mobilenumber phone phonenumber "
        "telephone"},
    {FIELD_EMAIL_ADDRESS, "email emailaddress"},
    {FIELD_BIRTH_DATE, "birthdate dateofbirth dob birthday"},
    {COLUMN_DROPPED,
        "notes note comments comment appointmentnotes certificatecode scheduledby paidq "
        "chartstatus bookinginfo firstvisit statuschangeddate tip tax disc discount qty quantity "
        "timezone depositpaid deposit source bookedby cancelledby canceledby invoiceno "
        "invoicenumber transactiontype soldby rebooked reminders"},
};

static const struct synonym service_headings[] = {
    {FIELD_SERVICE,
        "service servicename servicetitle name treatment treatmentname item itemname "
        "title servicesclasses appointmenttype servicio"},
    {FIELD_SERVICE_CATEGORY,
        "servicecategory category categoryname treatmentcategory group "
        "servicegroup department discipline categoria"},
    {FIELD_DURATION_MIN,
        "durationmin duration durationminutes defaultduration length minutes "
        "durationmins lengthmin"},
    {FIELD_TOTAL, "price defaultprice cost amount rate listprice total fee precio"},
    {COLUMN_DROPPED,
        "id serviceid description active addon sku noofappointmentsclasses notes "
        "taxable color status"},
};

/* Shared by the kinds whose rows hang on a patient. */
#define PATIENT_KEYS                                                                               \
    "patientid clientid customerid squarecustomerid guestid patientguid patientnumber "            \
    "clientnumber customernumber clientuniqueid guestcode usercode rssid mrn patientno clientno"

static const struct synonym membership_headings[] = {
    {FIELD_ID,
        "membershipid usermembershipid clientmembershipid contractid subscriptionid "
        "membershipnumber id"},
    {FIELD_PATIENT_ID, PATIENT_KEYS},
    {FIELD_MEMBERSHIP_PLAN,
        "membershipplan plan planname membershipname membershiptype membership "
        "name tier level type"},
    {FIELD_MEMBERSHIP_STATUS, "membershipstatus status state"},
    {FIELD_MEMBERSHIP_RENEWAL,
        "membershiprenewal membershiprenewaldate renewaldate renewal renewson renewsat "
        "nextbillingdate nextchargedate nextcollectiondate nextpaymentdate nextbilling "
        "chargedthroughdate"},
    {FIELD_STARTED_ON,
        "startedon startdate start starton activedate joinedon joindate "
        "purchasedate signupdate membersince begindate"},
    {FIELD_ENDED_ON,
        "endedon enddate end endon cancelledon canceledon canceldate "
        "cancellationdate expirationdate expirydate expireson terminationdate"},
    {FIELD_TOTAL, "monthlyprice price amount monthlyamount unitprice fee monthlyfee total dues"},
    {COLUMN_DROPPED,
        "notes clientname patientname customername firstname lastname email phone "
        "location interval remaining client patient unpauseon"},
};

static const struct synonym invoice_headings[] = {
    {FIELD_ID,
        "invoiceid invoicenumber invoiceno saleid transactionid orderid receiptid "
        "receiptnumber ordernumber id"},
    {FIELD_PATIENT_ID, PATIENT_KEYS},
    {FIELD_TOTAL,
        "total invoicetotal grandtotal amount totalamount netsales amtpaid amountpaid "
        "nettotal"},
    {FIELD_STATUS, "status invoicestatus paymentstatus state"},
    {FIELD_STARTED_ON,
        "issuedon invoicedate saledate issuedate date checkoutdate createdon "
        "createdat transactiondate orderdate"},
    {FIELD_DUE_ON, "dueon duedate paymentdue due"},
    {FIELD_ENDED_ON, "paidon paiddate datepaid"},
    {FIELD_NAME, "description item productname service serviceproductgcpackagemembershipclass"},
    {COLUMN_DROPPED,
        "notes clientname patientname customername customer client patient "
        "grosssales discountamount productcategory locationname staffname location "
        "transactiontype soldby source qty price tax tip disc appointmentdate "
        "balance subtotal appointmentid"},
};

static const struct synonym prescription_headings[] = {
    {FIELD_ID, "prescriptionid rxid rxnumber rxno prescriptionnumber id"},
    {FIELD_PATIENT_ID, PATIENT_KEYS},
    {FIELD_NAME, "medication medicationname drug drugname prescription medicine rx name product"},
    {FIELD_STATUS, "status prescriptionstatus rxstatus state"},
    {FIELD_STARTED_ON,
        "issuedon issuedate prescribedon dateissued writtenon writtendate "
        "startdate startedon date prescribeddate"},
    {FIELD_DUE_ON,
        "refilldueon refilldue refillduedate nextrefill nextrefilldate nextrefillon "
        "refilldate refillon dueon"},
    {FIELD_ENDED_ON, "endedon enddate expireson expirationdate lapsedon expirydate"},
    {COLUMN_DROPPED,
        "notes dose dosage sig quantity refills prescriber provider pharmacy strength "
        "clientname patientname patient client directions refillsremaining"},
};

static const struct synonym program_headings[] = {
    {FIELD_ID, "programenrollmentid enrollmentid programid id"},
    {FIELD_PATIENT_ID, PATIENT_KEYS},
    {FIELD_NAME, "program programname programtype name plan"},
    {FIELD_STATUS, "status programstatus enrollmentstatus state"},
    {FIELD_STARTED_ON,
        "joinedon enrolledon enrolleddate joindate enrollmentdate startdate "
        "startedon start enrolled"},
    {FIELD_ENDED_ON, "dischargedon dischargedate endedon enddate completedon end"},
    {FIELD_REASON, "dischargereason reason endreason"},
    {FIELD_DUE_ON, "nextdue nextduedate dueon nextvisitdue duedate"},
    {COLUMN_DROPPED, "notes provider clientname patientname patient client interval cycles value"},
};

struct headings {
    const struct synonym *synonyms;
    size_t count;
};

#define HEADINGS(table)                                                                            \
    {                                                                                              \
        (table), sizeof(table) / sizeof((table)[0])                                                \
    }

static const struct headings headings[RECORD_KIND_MAX] = {
    [RECORD_PATIENT] = HEADINGS(patient_headings),
    [RECORD_APPOINTMENT] = HEADINGS(appointment_headings),
    [RECORD_SERVICE] = HEADINGS(service_headings),
    [RECORD_MEMBERSHIP] = HEADINGS(membership_headings),
    [RECORD_INVOICE] = HEADINGS(invoice_headings),
    [RECORD_PRESCRIPTION] = HEADINGS(prescription_headings),
    [RECORD_PROGRAM] = HEADINGS(program_headings),
};

/* The place of a key among keys parted by blanks, or -1. */
static int place_of(const char *keys, const char *key)
{
    size_t len = strlen(key);
    int place = 0;
    for (const char *at = keys; *at; place++) {
        size_t word = strcspn(at, " ");
        if (word == len && memcmp(at, key, len) == 0)
            return place;
        at += word + (at[word] == ' ');
    }
    return -1;
}

static int look_up(enum record_kind record, const char *key, int *ret_rank)
{
    const struct headings *table = &headings[record];
    for (size_t i = 0; i < table->count; i++) {
        int place = place_of(table->synonyms[i].keys, key);
        if (place >= 0) {
            *ret_rank = place;
            return table->synonyms[i].column;
        }
    }
    return COLUMN_MAX;
}

/* "Client First Name", "Guest Mobile": what is left without the prefix, ranked behind the rest. */
static int look_up_prefixed(enum record_kind record, const char *key, int *ret_rank)
{
    enum { PREFIXED_RANK = 100 };
    static const char *const prefixes[] = {"patients", "clients", "patient", "client", "customer",
        "guest", "member", "appointment", "membership", "invoice"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t len = strlen(prefixes[i]);
        if (strncmp(key, prefixes[i], len) != 0 || !key[len])
            continue;
        int column = look_up(record, key + len, ret_rank);
        *ret_rank += PREFIXED_RANK;
        return strcmp(key + len, "id") == 0 ? COLUMN_MAX : column;
    }
    return COLUMN_MAX;
}

int heading_column(const struct kind *kind, const char *key, int *ret_rank)
{
    *ret_rank = 0;
    if (!*key)
        return COLUMN_MAX;
    if (kind->state_is_status && strcmp(key, "state") == 0)
        return FIELD_STATUS;
    int column = look_up(kind->record, key, ret_rank);
    return column == COLUMN_MAX ? look_up_prefixed(kind->record, key, ret_rank) : column;
}
