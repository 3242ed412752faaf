"""Word lists of the invented practice: names, streets, services. Common words, put together at random."""

PRACTICE = "Lanternlight Aesthetics"
ZONE = "America/Chicago"
LOCATION = "Lanternlight South Lamar"
PROVIDERS = ["Dr. Maya Chen", "Dr. Andres Rivera", "Paige Holloway NP", "Nina Okafor RN",
             "Jordan Reyes RN", "Tess Lindqvist LE"]

FIRST = """Abigail Adrian Alice Amanda Amber Andrea Angela Anita Anna April Ashley Audrey Barbara
Beth Bianca Bonnie Brenda Brian Brooke Caitlin Candace Carla Carmen Carol Caroline Cassandra
Catherine Celia Charlotte Chelsea Cheryl Christina Claire Clara Colleen Connie Cynthia Daisy Dana
Daniel Danielle Daphne Dawn Deborah Denise Diana Donna Doris Dorothy Eileen Elaine Eleanor Elena
Elise Elizabeth Ellen Emily Emma Erica Erin Esther Eva Evelyn Faith Felicia Fiona Frances Gail
Georgia Gina Gloria Grace Gwen Hannah Harriet Heather Heidi Helen Holly Hope Ingrid Irene Iris
Isabel Ivy Jacqueline James Jane Janet Janice Jasmine Jean Jenna Jennifer Jessica Jill Joan Joanna
Jocelyn Josephine Joy Joyce Judith Julia Julie June Karen Kate Kathleen Kayla Kelly Kendra Kim
Kristen Laura Lauren Leah Leslie Lillian Linda Lisa Lori Louise Lucy Lydia Mandy Margaret Maria
Marilyn Martha Mary Maureen Megan Melanie Melissa Meredith Michael Michelle Mildred Miranda Molly
Monica Nadia Nancy Naomi Natalie Nicole Nora Olive Olivia Paige Pamela Patricia Paula Penny Phoebe
Priscilla Rachel Rebecca Regina Renee Rhonda Robert Robin Rosa Rose Ruby Ruth Sabrina Sally
Samantha Sandra Sara Shannon Sharon Sheila Shirley Sonia Sophia Stacy Stella Stephanie Susan Sylvia
Tamara Tara Teresa Theresa Thomas Tina Tracy Ursula Valerie Vanessa Vera Veronica Victoria Violet
Virginia Vivian Wanda Wendy Whitney Yolanda Yvonne Zoe""".split()

LAST = """Abbott Adkins Aldridge Allred Arnold Atwood Avery Baker Barlow Barnes Barrett Bates Beck
Bennett Benson Bishop Blake Bowen Boyd Bradford Brady Brennan Briggs Brooks Bryant Burke Burns
Byrd Caldwell Callahan Cannon Carlson Carpenter Carver Chambers Chandler Clarke Clay Cobb Coleman
Collier Combs Conley Conner Conrad Cooke Cooley Copeland Crane Crosby Curtis Dalton Daniels Dawson
Decker Denton Dickson Dillon Dodson Donovan Dorsey Doyle Drake Dudley Duncan Dunlap Eaton Elliott
Ellis Emerson English Erickson Farley Farmer Faulkner Ferrell Finch Fischer Fletcher Forbes Foster
Fowler Franklin Frazier Frost Fuller Gallagher Gardner Garrison Gentry Gibbs Gilmore Glass Goodwin
Graves Greer Griffith Hale Hammond Hampton Hancock Harding Harmon Hayden Hess Hewitt Hodges Holder
Holloway Hooper Horton Howell Hubbard Huff Humphrey Ingram Irwin Jarvis Jennings Joyner Kane Keller
Kemp Kendall Kerr Kirby Kline Knapp Lambert Landry Larson Lawson Leach Lester Lindsey Livingston
Lowery Lucas Lynch Mack Madden Malone Mann Marsh Massey Maynard McBride McCall McCoy McDaniel
McGuire McIntosh Meadows Melton Mercer Merritt Middleton Monroe Moody Morrow Moss Mullins Nash
Nichols Noble Nolan Norris O'Brien O'Neal Odom Osborne Owens Pace Page Parrish Patton Pearce Peck
Pennington Phelps Pickett Pierce Pittman Pope Potter Prescott Prince Proctor Quinn Raines Randall
Rankin Raymond Reeves Reilly Rhodes Richmond Riggs Riley Roach Rollins Rowland Rutledge Sampson
Sanford Savage Sawyer Schmidt Sears Sellers Sexton Shaffer Shelton Shepherd Short Simmons Skinner
Slater Sloan Snow Sparks Spence Stafford Stanton Steele Stephenson Stokes Stout Strickland Stuart
Sutton Swanson Sweeney Talley Tate Terrell Thornton Tillman Tucker Tyson Underwood Vance Vaughn
Wade Walton Ware Warner Waters Watts Weaver Webster Weeks Whitaker Wiggins Wilder Wilkins Winters
Wolfe Woodard Wyatt Yates York""".split()

FIRST_ES = """Adriana Alejandra Alicia Ana Beatriz Blanca Carlos Carolina Catalina Claudia Consuelo
Cristina Daniela Dolores Esmeralda Esperanza Fernanda Gabriela Graciela Guadalupe Inés Irma Isabela
Javier Jimena Juana Leticia Lorena Lucía Luz Magdalena Marisol Marta Mercedes Mónica Norma Paloma
Patricio Paulina Pilar Raquel Rocío Rosario Sofía Soledad Teresa Valentina Verónica Ximena
Yesenia""".split()

LAST_ES = """Acosta Aguilar Alvarado Arroyo Ayala Barrera Bautista Beltrán Cabrera Calderón Campos
Cárdenas Castañeda Cervantes Cisneros Contreras Cortez Delgado Domínguez Escobar Espinoza Estrada
Figueroa Fuentes Galván Guerrero Ibarra Juárez Lozano Maldonado Mejía Mendoza Molina Montoya Muñoz
Núñez Ochoa Orozco Palacios Peña Quintero Robles Rosales Salazar Sandoval Solís Trejo Valdez
Villarreal Zamora""".split()

STREETS = """Barton Bluebell Bouldin Cedar Chestnut Clover Congress Dawson Elm Evergreen Garden
Harmon Hickory Juniper Lantana Laurel Live Oak Mesquite Monroe Newning Oltorf Pecan Pinewood
Redbud Rio Vista Sage Shoal Sycamore Treadwell Walnut Willow""".split()

# city, state, ZIP prefixes, area codes; the first row is home
HOME_PLACES = [("Austin", "TX", ["787"]), ("Austin", "TX", ["787"]), ("Austin", "TX", ["787"]),
               ("Round Rock", "TX", ["786"]), ("Cedar Park", "TX", ["786"])]
AWAY_PLACES = [("New York", "NY", "100", "212"), ("Brooklyn", "NY", "112", "718"),
               ("Miami", "FL", "331", "305"), ("Tampa", "FL", "336", "813"),
               ("Phoenix", "AZ", "850", "602"), ("Tucson", "AZ", "857", "520")]
TEXAS_CODES = """512 737 210 726 254 281 325 346 361 409 430 432 469 682 713 806 817 830 832 903
915 936 940 945 956 972 979 214""".split()
NEARBY_CODES = "405 504 225 918 580 318".split()

# service, category, minutes, lowest and highest price in dollars
SERVICES = [
    ("Botox Touch-Up", "Neurotoxin", 30, 220, 340),
    ("Botox Full Face", "Neurotoxin", 45, 300, 480),
    ("Dysport", "Neurotoxin", 30, 230, 360),
    ("Lip Filler", "Filler", 60, 620, 780),
    ("Cheek Filler", "Filler", 60, 740, 1240),
    ("IPL Photofacial", "Laser IPL", 45, 300, 420),
    ("Laser Hair Removal", "Laser IPL", 30, 150, 260),
    ("HydraFacial", "Facial", 50, 149, 199),
    ("Chemical Peel", "Facial", 40, 95, 160),
    ("Skin Consultation", "Consultation", 30, 0, 0),
    ("Weight Management Visit", "Weight Program", 30, 180, 240),
]
CANCEL_REASONS = ["Client cancelled", "Illness", "Schedule conflict", "Provider out", "Weather"]
TAGS = ["wants Saturdays", "prefers SMS", "financing questions", "referral", "bride", "new mom",
        "sensitive skin", "morning only"]
PLANS = [("Glow Club", 99), ("Tox Club", 129), ("Skin Circle", 149)]
