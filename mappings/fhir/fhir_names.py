"""The element names that FHIR R4 gives the resources and data types a message of ours is made of, or could be mistaken
for.

A refusal repeats the name of an element only if it stands here: any other key might be anything, a person's name too.
"""

_TEXT = """
about active address alias allDay assigner author authorReference authorString availabilityExceptions
availableEndTime availableStartTime availableTime basedOn birthDate category city code coding communication
contact contained contentAttachment contentReference contentString contentType country creation data
daysOfWeek deceasedBoolean deceasedDateTime definition description destination details diagnostics display
district div during encounter end endpoint enterer entry etag eventCoding eventUri expression extension family
focus fullUrl gender generalPractitioner given hash healthcareService id identifier ifMatch ifModifiedSince
ifNoneExist ifNoneMatch implicitRules inResponseTo instantiatesCanonical instantiatesUri issue issuer language
lastModified lastUpdated line link location managingOrganization maritalStatus medium member meta method mode
modifierExtension multipleBirthBoolean multipleBirthInteger name notAvailable note onBehalfOf organization
other outcome partOf participant patient payload period photo postalCode practitioner preferred prefix
priority profile purpose qualification rank reason reasonCode reasonReference received receiver recipient
reference relation relationship request resource resourceType response responsible role score search security
sender sent severity sigFormat signature size software source specialty start state status statusReason
subject suffix system tag target targetFormat telecom text time timestamp title topic total type url use
userSelected value valueAddress valueAge valueAnnotation valueAttachment valueBase64Binary valueBoolean
valueCanonical valueCode valueCodeableConcept valueCodeableReference valueCoding valueContactDetail
valueContactPoint valueContributor valueCount valueDataRequirement valueDate valueDateTime valueDecimal
valueDistance valueDosage valueDuration valueExpression valueHumanName valueId valueIdentifier valueInstant
valueInteger valueMarkdown valueMoney valueOid valueParameterDefinition valuePeriod valuePositiveInt
valueQuantity valueRange valueRatio valueRatioRange valueReference valueRelatedArtifact valueSampledData
valueSignature valueString valueTime valueTiming valueTriggerDefinition valueUnsignedInt valueUri valueUrl
valueUsageContext valueUuid version versionId when who
"""
_NAMES = frozenset(_TEXT.split())
FHIR_NAMES = _NAMES | {f"_{name}" for name in _NAMES}
